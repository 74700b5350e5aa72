#!/usr/bin/env bash
# Fills .venv from uv.lock, bringing uv and finding Python 3.10 where need be.
#   scripts/setup.sh [EXTRA ...]   gpu, tpu or export
#   scripts/setup.sh --lock        write uv.lock anew
set -euo pipefail
cd "$(dirname "$0")/.."

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
  "$base" -m pip install --quiet --disable-pip-version-check --target .uv uv >&2
  echo .uv/bin/uv
}

find_python310() {
  first_python 'sys.version_info[:2] == (3, 10)' python3.10 "$pyenv_versions"/3.10.*/bin/python && return
  "$uv" python find --managed-python 3.10 2>/dev/null && return
  "$uv" python install 3.10 >/dev/null 2>&1 && "$uv" python find --managed-python 3.10
}

uv=$(find_uv)
if [ "${1:-}" = --lock ]; then
  exec "$uv" lock --upgrade
fi
python=$(find_python310) ||
  fail "Python 3.10 is needed and was not found; install python3.10, or run 'pyenv install 3.10', and try again"
extras=()
tpu=
for extra in "$@"; do
  if [ "$extra" = tpu ]; then tpu=yes; else extras+=(--extra "$extra"); fi
done
echo "Filling .venv with $python"
# Compiled at once: importing TFX from source takes half a minute more, each time where Python is
# told not to write what it compiles.
"$uv" sync --locked --quiet --compile-bytecode --python "$python" "${extras[@]}"
if [ "$tpu" ]; then
  # Beside the lock file: its driver is published outside the package index.
  "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --reinstall-package tensorflow-tpu \
    --find-links https://storage.googleapis.com/libtpu-tf-releases/index.html tensorflow-tpu==2.16.2
fi
