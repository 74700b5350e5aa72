#!/usr/bin/env bash
# Fills .venv from uv.lock, bringing uv and finding Python 3.10 where need be.
#   scripts/setup.sh [EXTRA ...]   such as gpu
#   scripts/setup.sh --lock        write uv.lock anew
set -euo pipefail
cd "$(dirname "$0")/.."

# A Python 3.10 of the system, of pyenv, or one that uv manages or can fetch.
find_python() {
  local candidate
  for candidate in "$(command -v python3.10 || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python; do
    # A shim of pyenv exists for versions that are not chosen; asking tells.
    if [ -x "$candidate" ] && "$candidate" -c 'import sys, venv, ensurepip; assert sys.version_info[:2] == (3, 10)' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  "$uv" python find --managed-python 3.10 2>/dev/null || {
    "$uv" python install 3.10 >/dev/null 2>&1 && "$uv" python find --managed-python 3.10 2>/dev/null
  }
}

# Where .python-version stands, uv of another pyenv version may be hidden: ask before using it.
uv=$(command -v uv || true)
if ! { [ -n "$uv" ] && "$uv" --version >/dev/null 2>&1; }; then
  uv=$PWD/.uv/bin/uv
  if ! "$uv" --version >/dev/null 2>&1; then
    base=
    for candidate in python3.10 python3 /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
      if "$candidate" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 8)' 2>/dev/null; then
        base=$candidate
        break
      fi
    done
    if [ -z "$base" ]; then
      echo "setup: no Python 3 with venv found; install python3 and python3-venv, or uv" >&2
      exit 1
    fi
    echo "Installing uv into .uv"
    "$base" -m venv .uv
    .uv/bin/python -m pip install --quiet --disable-pip-version-check uv
  fi
fi

if [ "${1:-}" = --lock ]; then
  exec "$uv" lock --upgrade
fi

python=$(find_python) || {
  echo "setup: Python 3.10 is needed and not found; install it (apt install python3.10 python3.10-venv, or pyenv install 3.10, or uv python install 3.10) and run make again" >&2
  exit 1
}
extras=()
for extra in "$@"; do extras+=(--extra "$extra"); done
echo "Filling .venv with $python"
"$uv" sync --locked --quiet --python "$python" --compile-bytecode "${extras[@]}"
