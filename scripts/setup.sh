#!/bin/sh
# Set up .venv with the pinned packages of a requirements file, and the system libraries that Qt needs on Linux.
# Run by make; may be run again at any time.
set -eu
cd "$(dirname "$0")/.."
requirements=${1:-requirements.txt}

# Debian and its children; what a desktop has anyway and a server or container may lack.
qt_packages="libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6
libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1 libwayland-client0 libwayland-cursor0 libwayland-egl1"

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

is_recent() { "$1" -c 'import sys; sys.exit(not sys.version_info >= (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if is_recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Learnscope needs Python 3.11 or newer and found none; install it, or name it: PYTHON=/path/to/python make run"
}

# Install packages of Debian when we may, else say the line that does it.
install() {
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "Installing $*"
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
            { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
    elif command -v apt-get >/dev/null; then
        say "System packages are missing. Install them with:"
        say "    sudo apt-get install -y $*"
        return 1
    else
        say "Missing on this system (as Debian calls them): $*"
        return 1
    fi
}

make_environment() {
    if [ -x .venv/bin/python ] && is_recent .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python) || exit 1
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install "python$version-venv" || fail "Then run the same command again."
    fi
    say "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

missing_libraries() { ldd "$@" 2>/dev/null | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' '; }

check_qt() {
    [ "$(uname -s)" = Linux ] && command -v ldd >/dev/null || return 0
    qt=$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("PySide6").submodule_search_locations[0])')
    needed=$(missing_libraries "$qt"/QtWidgets*.so "$qt"/QtSvg*.so "$qt"/Qt/plugins/platforms/libqoffscreen.so)
    # Pictures can be drawn without these, a window can't be shown.
    wanted=$(missing_libraries "$qt"/Qt/plugins/platforms/libqxcb.so)
    [ -n "$needed$wanted" ] || return 0
    say "Qt lacks system libraries: ${wanted:-$needed}"
    # shellcheck disable=SC2086 # a list of packages
    if ! install $qt_packages && [ -n "$needed${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        fail "Then run the same command again."
    fi
}

make_environment
say "Installing the packages of $requirements (the first time takes some minutes)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
check_qt
