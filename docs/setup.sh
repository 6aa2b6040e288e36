#!/bin/sh
# Installs what building needs and Debian's base system lacks: libedit's headers and pkg-config.
# Says what it does; does nothing when all is there.
set -eu
command -v swift >/dev/null 2>&1 || {
  echo "swift is not on the PATH: install Swift 6.3 from https://swift.org/install and try again." >&2
  exit 1
}
[ "$(uname)" = Darwin ] && exit 0 # macOS has libedit in its SDK
command -v pkg-config >/dev/null 2>&1 && pkg-config --exists libedit && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "libedit's headers are missing: install libedit (development files) and pkg-config with this system's package manager." >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "libedit's headers are missing: run 'apt-get install libedit-dev pkg-config' as root, then try again." >&2
    exit 1
  }
  sudo=sudo
fi
echo "Installing libedit-dev and pkg-config with apt-get."
$sudo apt-get update -q >/dev/null || true
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q libedit-dev pkg-config >/dev/null || {
  echo "apt-get could not install libedit-dev and pkg-config: install them by hand, then try again." >&2
  exit 1
}
