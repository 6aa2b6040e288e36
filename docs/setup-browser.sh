#!/bin/sh
# Installs what testing in a browser needs and Debian's base system lacks: Chromium, its driver, a font, Python.
# Says what it does; does nothing when all is there.
set -eu
missing=""
command -v chromedriver >/dev/null 2>&1 || missing="$missing chromium chromium-driver fonts-dejavu-core"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Chromium, chromedriver and Python 3 are needed: install them with this system's package manager, then try again." >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "Run 'apt-get install$missing' as root, then try again." >&2
    exit 1
  }
  sudo=sudo
fi
echo "Installing$missing with apt-get."
$sudo apt-get update -q >/dev/null || true
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null || {
  echo "apt-get could not install$missing: install them by hand, then try again." >&2
  exit 1
}
