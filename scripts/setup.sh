#!/usr/bin/env bash
# Fills .venv from uv.lock, bringing uv and finding Python where need be.
#   scripts/setup.sh [EXTRA ...]   gpu, tpu or export
#   scripts/setup.sh --choose      say which Python it would take, and why
#   scripts/setup.sh --lock        write uv.lock anew
# There are two lines (docs/compatibility.md): TFX 1.21 on Python 3.11-3.13 where glibc is 2.39 or
# newer, and TFX 1.16 on Python 3.10. The newer is taken where it runs; PYTHON=3.10 (or another
# version) overrides that.
set -euo pipefail
cd "$(dirname "$0")/.."

newer_versions="3.13 3.12 3.11"
newer_glibc=2.39
pyenv_versions="${PYENV_ROOT:-$HOME/.pyenv}/versions"

fail() {
  echo "setup: $*" >&2
  exit 1
}

# Says where the first candidate is that really is a Python of that version or later; a shim of
# pyenv also stands for versions that are not chosen.
first_python() {
  local condition=$1 candidate
  shift
  for candidate in "$@"; do
    "$candidate" -c "import sys; assert $condition; print(sys.executable)" 2>/dev/null && return
  done
  return 1
}

find_uv() {
  local candidate base
  for candidate in uv .uv/bin/uv; do
    if "$candidate" --version >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  base=$(first_python 'sys.version_info >= (3, 8) and __import__("pip")' \
    python3 /usr/bin/python3 "$pyenv_versions"/*/bin/python3) ||
    fail "uv is missing, and there is no Python 3 with pip to install it with; install python3-pip"
  echo "Installing uv into .uv" >&2
  # Debian's pip refuses even a folder of its own unless it is told so.
  PIP_BREAK_SYSTEM_PACKAGES=1 "$base" -m pip install --quiet --disable-pip-version-check --target .uv uv >&2
  echo .uv/bin/uv
}

find_installed() {
  first_python "sys.version_info[:2] == (${1/./, })" "python$1" "/usr/bin/python$1" \
    "$pyenv_versions/$1".*/bin/python && return
  "$uv" python find --managed-python "$1" 2>/dev/null
}

bring() {
  "$uv" python install "$1" >/dev/null 2>&1 && "$uv" python find --managed-python "$1"
}

newer_runs() {
  [ "$(uname -sm)" = "Linux x86_64" ] &&
    printf '%s\n' "$newer_glibc" "$glibc" | sort --version-sort --check=quiet
}

# Says where the Python is: what is installed before what must be fetched, the newer line first.
find_python() {
  local version
  if [ "${PYTHON:-}" ]; then
    find_installed "$PYTHON" || bring "$PYTHON"
    return
  fi
  if newer_runs; then
    for version in $newer_versions; do
      find_installed "$version" && return
    done
    bring "${newer_versions%% *}" && return
  fi
  find_installed 3.10 || bring 3.10
}

uv=$(find_uv)
if [ "${1:-}" = --lock ]; then
  exec "$uv" lock --upgrade
fi
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2) || true
glibc=${glibc:-0}
case " $newer_versions 3.10 " in
*" ${PYTHON:-3.10} "*) ;;
*) fail "PYTHON=$PYTHON: it names a version, one of 3.10 ${newer_versions// /, }" ;;
esac
wanted=${PYTHON:-3.10}
python=$(find_python) ||
  fail "Python $wanted is needed and was not found; install python$wanted, or run 'pyenv install $wanted', and try again"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$version" = 3.10 ]; then line="TFX 1.16"; else line="TFX 1.21"; fi
if [ "${PYTHON:-}" ]; then
  reason="as PYTHON says"
elif [ "$version" != 3.10 ]; then
  reason="the newer line runs here: glibc $glibc"
elif newer_runs; then
  reason="no newer Python was found"
else
  reason="the newer line needs x86-64 Linux with glibc $newer_glibc, and here is glibc $glibc"
fi
echo "Python $version, $line ($reason): $python"
if [ "${1:-}" = --choose ]; then
  exit
fi
if [ "$version" != 3.10 ] && ! newer_runs; then
  fail "$line needs x86-64 Linux with glibc $newer_glibc, and here is glibc $glibc; leave PYTHON out"
fi
extras=()
tpu=
for extra in "$@"; do
  if [ "$extra" = tpu ]; then tpu=yes; else extras+=(--extra "$extra"); fi
done
if [ "$tpu" ] && [ "$version" != 3.10 ]; then
  fail "a TPU's TensorFlow is pinned for Python 3.10 only; run 'make setup PYTHON=3.10 EXTRAS=tpu'"
fi
# Compiled at once: importing TFX from source takes half a minute more, each time where Python is
# told not to write what it compiles.
"$uv" sync --locked --quiet --compile-bytecode --python "$python" "${extras[@]}" ||
  fail "installing failed; pyfarmhash, which comes as source, needs a C++ compiler and Python's headers (g++, python$version-dev)"
if [ "$tpu" ]; then
  # Beside the lock file: its driver is published outside the package index.
  "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --reinstall-package tensorflow-tpu \
    --find-links https://storage.googleapis.com/libtpu-tf-releases/index.html tensorflow-tpu==2.16.2
fi
echo "Python $version, $line" >.venv/.complete
