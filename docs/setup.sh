#!/bin/sh
# Installs what building needs and Debian's base system lacks, and with `browser` what testing in a browser needs, too.
#
#   docs/setup.sh           libedit's headers, pkg-config
#   docs/setup.sh browser   Chromium, its driver, a font, Python
#
# Says what it does; does nothing when all is there.
set -eu
missing=""
has() { command -v "$1" >/dev/null 2>&1; }
case ${1:-build} in
  build)
    has swift || {
      echo "swift is not on the PATH: install Swift 6.3 from https://swift.org/install and try again." >&2
      exit 1
    }
    # macOS has libedit in its SDK.
    [ "$(uname)" = Darwin ] || { has pkg-config && pkg-config --exists libedit; } || missing="libedit-dev pkg-config"
    ;;
  browser)
    has chromedriver || missing="chromium chromium-driver fonts-dejavu-core"
    has python3 || missing="$missing python3"
    ;;
  *) echo "'$1' is neither 'build' nor 'browser'." >&2; exit 2 ;;
esac
[ -n "$missing" ] || exit 0
if ! has apt-get; then
  echo "What Debian calls $missing is needed: install that with this system's package manager, then try again." >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
  has sudo || {
    echo "Run 'apt-get install $missing' as root, then try again." >&2
    exit 1
  }
  sudo=sudo
fi
echo "Installing $missing with apt-get."
$sudo apt-get update -q >/dev/null || true
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null || {
  echo "apt-get could not install $missing: install that by hand, then try again." >&2
  exit 1
}
