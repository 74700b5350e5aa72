#!/usr/bin/env bash
# Makes a Debian 13 root (glibc 2.41, Python 3.13) and runs a command of ours in it: the newer line,
# on a machine whose own glibc is too old for it. As root, with debootstrap.
#   scripts/test_modern.sh FOLDER [COMMAND ...]   by default `make test`; FOLDER is kept, and used again
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:?a scratch folder}
shift
[ $# -gt 0 ] || set -- make test
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
packages=python3,python3-venv,python3-pip,python3-dev,g++,make,git,ca-certificates,bubblewrap

fail() {
  echo "test-modern: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "a root can only be made as root"
command -v debootstrap >/dev/null || fail "debootstrap is missing; run 'apt-get install debootstrap'"

if [ ! -e "$folder/.complete" ]; then
  debootstrap --variant=minbase --include="$packages" trixie "$folder" "$mirror"
  touch "$folder/.complete"
fi
# What this machine trusts and asks, so that the packages can be fetched from there, too.
cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
cp /etc/resolv.conf "$folder/etc/"
# Tracked files alone, over those of the last time: the environment there stays.
mkdir -p "$folder/src"
find "$folder/src" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .uv -exec rm -rf {} +
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$folder/src"
# In a mount namespace of its own: nothing stays mounted, however this ends. The root is its root, too,
# for in a mere chroot Linux makes no user namespaces, in which tests run steps as another user.
exec unshare --mount sh -c '
  folder=$1
  shift
  mount --bind "$folder" "$folder" && mount --bind /proc "$folder/proc" && mount --rbind /dev "$folder/dev" &&
    cd "$folder" && pivot_root . mnt && umount --lazy /mnt || exit
  exec chroot / sh -c "cd /src && exec \"\$@\"" sh "$@"
' sh "$folder" "$@"
