#!/usr/bin/env bash
# Builds the Debian package from a built program and installs it into a folder of its own, without root.
#
#   tests/packages/debian.sh path/to/kmtop [path/to/cargo-deb]
#
# Needs dpkg and cargo-deb. Exits with 0 when everything held.
set -euo pipefail
kmtop="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
cargo_deb="${2:-cargo-deb}"
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
fail() {
  printf 'failed: %s\n' "$1" >&2
  exit 1
}

# The package takes the program from where a release build puts it: here a folder with nothing but that program.
mkdir -p "$folder/target/release"
cp "$kmtop" "$folder/target/release/kmtop"
CARGO_TARGET_DIR="$folder/target" "$cargo_deb" --no-build --no-strip --output "$folder/kmtop.deb" >/dev/null
dpkg-deb --info "$folder/kmtop.deb" | grep -q '^ Package: kmtop$' || fail "the package has another name"

# dpkg gives files their owner, which for somebody else than root is only pretended.
as_root=()
if [[ $(id -u) != 0 ]]; then
  as_root=(fakeroot)
  command -v fakeroot >/dev/null || as_root=(sudo -n)
fi
root="$folder/root"
mkdir -p "$root/var/lib/dpkg/"{info,updates,triggers}
touch "$root/var/lib/dpkg/status"
${as_root[@]+"${as_root[@]}"} dpkg --root="$root" --force-not-root --force-depends --force-script-chrootless --log=/dev/null --install "$folder/kmtop.deb" >/dev/null 2>&1 ||
  fail "it cannot be installed"
dpkg --root="$root" --status kmtop | grep -q '^Status: install ok installed$' || fail "dpkg does not know it"

for file in usr/bin/kmtop usr/share/man/man1/kmtop.1.gz usr/share/bash-completion/completions/kmtop \
  usr/share/zsh/vendor-completions/_kmtop usr/share/fish/vendor_completions.d/kmtop.fish usr/lib/systemd/user/kmtop.service \
  usr/share/doc/kmtop/copyright; do
  [[ -e $root/$file ]] || fail "$file is missing"
done
"$root/usr/bin/kmtop" --version | grep -q '^kmtop ' || fail "the installed program does not run"
KMTOP_HOME="$folder/home" "$root/usr/bin/kmtop" init >/dev/null || fail "kmtop init"
KMTOP_HOME="$folder/home" "$root/usr/bin/kmtop" call km_calculate '{"expression":"6*7"}' | grep -q '"result": "42"' || fail "a call"
if command -v systemd-analyze >/dev/null; then
  sed "s|^ExecStart=/usr/bin/kmtop|ExecStart=$root/usr/bin/kmtop|" "$root/usr/lib/systemd/user/kmtop.service" >"$folder/kmtop.service"
  ! systemd-analyze --user --man=no verify "$folder/kmtop.service" 2>&1 | grep 'kmtop\.service' || fail "the unit"
fi
${as_root[@]+"${as_root[@]}"} dpkg --root="$root" --force-not-root --force-script-chrootless --log=/dev/null --purge kmtop >/dev/null 2>&1 || fail "it cannot be removed"
[[ ! -e $root/usr/bin/kmtop ]] || fail "it is still there"
printf 'the Debian package holds\n'
