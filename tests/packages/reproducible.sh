#!/usr/bin/env bash
# Builds what is committed twice, in two folders of different names, and compares the bytes. Takes two release builds.
#
#   tests/packages/reproducible.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
unset CARGO_TARGET_DIR
hashes=()
for name in one a-second-folder-with-a-longer-name; do
  mkdir "$folder/$name"
  git archive HEAD | tar -x -C "$folder/$name"
  binary="$("$folder/$name/.ci/release-build")"
  hash="$(sha256sum <"$binary")"
  printf '%s  %s\n' "${hash%% *}" "$name"
  hashes+=("$hash")
  rm -rf "$folder/$name"
done
if [[ ${hashes[0]} != "${hashes[1]}" ]]; then
  printf 'the two builds differ\n' >&2
  exit 1
fi
printf 'the same\n'
