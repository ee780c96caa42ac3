#!/usr/bin/env bash
# Prints the Homebrew formula of a release, from its checksums.
#
#   assets/homebrew/formula.sh VERSION OWNER/REPOSITORY SHA256SUMS
set -euo pipefail
version="$1" repository="$2" sums="$3"

sum() {
  local name="kmtop-$version-$1.tar.gz" found
  found="$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$sums")"
  if [[ ! $found =~ ^[0-9a-f]{64}$ ]]; then
    printf 'no checksum of %s in %s\n' "$name" "$sums" >&2
    exit 1
  fi
  printf '%s' "$found"
}
source_of() {
  local hash
  hash="$(sum "$1")" || return 1
  printf '      url "https://github.com/%s/releases/download/v%s/kmtop-%s-%s.tar.gz"\n      sha256 "%s"\n' \
    "$repository" "$version" "$version" "$1" "$hash"
}
mac_arm="$(source_of aarch64-apple-darwin)"
mac_intel="$(source_of x86_64-apple-darwin)"
linux_arm="$(source_of aarch64-unknown-linux-gnu)"
linux_intel="$(source_of x86_64-unknown-linux-gnu)"

cat <<FORMULA
class Kmtop < Formula
  desc "MCP server for Keyboard Maestro, and the console to watch and steer it"
  homepage "https://github.com/$repository"
  version "$version"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
$mac_arm
    end
    on_intel do
$mac_intel
    end
  end

  on_linux do
    on_arm do
$linux_arm
    end
    on_intel do
$linux_intel
    end
  end

  def install
    bin.install "kmtop"
    man1.install "kmtop.1"
    bash_completion.install "kmtop.bash" => "kmtop"
    zsh_completion.install "_kmtop"
    fish_completion.install "kmtop.fish"
  end

  def caveats
    <<~TEXT
      To start: kmtop init
      To keep it running from login to logout: kmtop service install
    TEXT
  end

  test do
    assert_match "kmtop #{version}", shell_output("#{bin}/kmtop --version")
    ENV["KMTOP_HOME"] = testpath
    assert_match "42", shell_output("#{bin}/kmtop call km_calculate '{\"expression\":\"6*7\"}'")
  end
end
FORMULA
