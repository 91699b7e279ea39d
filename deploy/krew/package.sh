#!/bin/sh
# Packs kubectl-nile for krew: writes kubectl-nile.tar.gz, always the same bytes for the same files, and nile.yaml, the
# manifest with the archive's checksum, into a directory. To try them:
#
#     deploy/krew/package.sh v1.2.3 build && kubectl krew install --manifest=build/nile.yaml --archive=build/kubectl-nile.tar.gz
#
# usage: package.sh VERSION DIR
set -eu
[ $# = 2 ] || { echo "usage: package.sh VERSION DIR" >&2; exit 2; }
case $1 in
v[0-9]*.[0-9]*.[0-9]*) ;;
*) echo "package.sh: cannot pack version \"$1\": krew takes v1.2.3 only" >&2; exit 2 ;;
esac
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$2"
out=$(CDPATH='' cd -- "$2" && pwd)
tar --create --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u+w,go-w,a+rX \
    --directory "$here/.." kubectl-nile --directory "$here/../.." LICENSE | gzip --no-name --best >"$out/kubectl-nile.tar.gz"
sum=$(sha256sum "$out/kubectl-nile.tar.gz")
sed -e "s/@VERSION@/$1/" -e "s/@SHA256@/${sum%% *}/" "$here/nile.yaml" >"$out/nile.yaml"
