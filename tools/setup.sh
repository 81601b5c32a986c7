#!/usr/bin/env bash
# Installs what the build needs and this machine lacks.
#
#   tools/setup.sh [all] [--dry-run]
#
# Plain: for building, running and testing. `all`: also for the golden matrix, fuzzing, formatting
# and linting, PyTorch, against which exported programs are tested, and Gymnasium in .venv, beside
# which environments are tested. What is there already, from whatever source, is left alone: we look
# for the command or the header, not for the package. On Debian and Ubuntu the rest comes from
# apt-get; elsewhere you get a list. MuJoCo and Gymnasium are welcome, but not needed: without them
# their tests are skipped.

set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

missing=()

need_command() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

need_file() { # PACKAGE PATTERN...: any match of any pattern will do
    local package=$1
    shift
    compgen -G "$1" >/dev/null || { [ $# -gt 1 ] && compgen -G "$2" >/dev/null; } ||
        missing+=("$package")
}

need_header() { # HEADER PACKAGE
    need_file "$2" "/usr/include/$1" "/usr/local/include/$1"
}

find_missing() {
    need_command cmake cmake
    need_command ninja ninja-build
    need_command gcc gcc
    need_command g++ g++
    need_command python3 python3
    need_command pkg-config pkg-config
    need_command gnuplot gnuplot-nox
    need_header stdio.h libc6-dev
    need_header toml++/toml.h libtomlplusplus-dev
    need_header jansson.h libjansson-dev
    need_header zlib.h zlib1g-dev
    need_header cmocka.h libcmocka-dev
}

find_missing_analysis() {
    need_command clang clang
    need_command clang-format clang-format
    need_command clang-tidy clang-tidy
    { python3 -c 'import torch' || /usr/bin/python3 -c 'import torch'; } >/dev/null 2>&1 ||
        missing+=(python3-torch)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    need_file libclang-rt-dev '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*' \
        '/usr/local/lib/clang/*/lib/*/libclang_rt.fuzzer*'
}

may_install() {
    command -v apt-get >/dev/null && [ -z "$dry_run" ] &&
        { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

# What may be missing: MuJoCo (0.5 MB), and with `all` Gymnasium, which brings a newer MuJoCo.
install_optional() {
    local venv run=()
    venv="$(dirname "$0")/../.venv"
    [ "$(id -u)" -eq 0 ] || run=(sudo -n)
    if ! compgen -G '/usr/include/mujoco/mujoco.h' >/dev/null && may_install &&
        apt-cache show libmujoco-dev >/dev/null 2>&1; then
        "${run[@]}" apt-get -q -y --no-install-recommends -o Acquire::Retries=0 \
            -o Acquire::http::Timeout=10 install libmujoco-dev </dev/null ||
            echo "setup: MuJoCo could not be installed; its tests will be skipped" >&2
    fi
    if [ -n "$all" ] && [ -z "$dry_run" ] &&
        ! "$venv/bin/python" -c 'import gymnasium, mujoco, imageio' 2>/dev/null; then
        { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'gymnasium[mujoco]'; } ||
            echo "setup: Gymnasium could not be installed; its tests will be skipped" >&2
    fi
}

all=
dry_run=
find_missing
for argument in "$@"; do
    case $argument in
    all)
        all=yes
        find_missing_analysis
        ;;
    --dry-run) dry_run=--simulate ;;
    *)
        echo "usage: tools/setup.sh [all] [--dry-run]" >&2
        exit 2
        ;;
    esac
done
if [ ${#missing[@]} -eq 0 ]; then
    install_optional
    exit 0
fi

echo "setup: missing ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian or Ubuntu; please install what goes by these names there," >&2
    echo "setup: then call make again." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: run this as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo '--preserve-env=DEBIAN_FRONTEND,LC_ALL')
fi
"${as_root[@]}" apt-get -q update </dev/null
"${as_root[@]}" apt-get -q -y --no-install-recommends $dry_run install "${missing[@]}" </dev/null
install_optional
