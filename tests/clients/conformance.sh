#!/usr/bin/env bash
# Runs the public conformance suite (npm `@modelcontextprotocol/conformance` 0.2.0-alpha.12) against kmtop.
#
#   tests/clients/conformance.sh path/to/kmtop path/to/conformance/dist/index.js
#
# Whole with the fixtures of `--conformance`, and against the plain server as far as it needs none. Node 22 has to be on the PATH. Exits
# with 0 when everything held.
set -euo pipefail

kmtop="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
suite="$2"
# Scenarios of the plain server: what they look at is there without fixtures.
plain_2025=(server-initialize server-session-lifecycle ping logging-set-level tools-list server-sse-multiple-streams resources-list
  prompts-list dns-rebinding-protection)
plain_2026=(tools-list server-sse-multiple-streams resources-list sep-2164-resource-not-found prompts-list
  dns-rebinding-protection caching http-header-validation input-required-result-unsupported-methods)

# Short, because a control socket lies below it.
folder="$(mktemp -d /tmp/kmXXXXXX)"
server=""
stop() {
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  server=""
}
trap 'stop; rm -rf "$folder"' EXIT

fail() {
  printf 'failed: %s\n' "$1" >&2
  exit 1
}

# A server in a home of its own; its address in `url`.
start() {
  mkdir -p "$folder/$1"
  # Before anybody reads it: the one before has written its address there.
  : >"$folder/stderr"
  KMTOP_HOME="$folder/$1" "$kmtop" --serve --listen 127.0.0.1:0 --auth none "${@:2}" </dev/null 2>"$folder/stderr" &
  server=$!
  for _ in $(seq 300); do
    url="$(sed -n 's#^kmtop listening on \(http://127\.0\.0\.1:[0-9]*/mcp\)$#\1#p' "$folder/stderr")"
    [[ -n $url ]] && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "the server is not ready: $(<"$folder/stderr")"
}

# So many scenarios of the suite with these options, each with checks that held; what failed is shown.
conform() {
  local scenarios="$1" out
  shift
  out="$(mktemp -d "$folder/outXXXXXX")"
  if ! node "$suite" server --url "$url" -o "$out" "$@" >"$folder/said" 2>&1; then
    sed 's/^/  /' "$folder/said" >&2
    fail "conformance: $*"
  fi
  local ran
  ran="$(find "$out" -mindepth 1 -maxdepth 1 -type d | wc -l)"
  [[ $ran -eq $scenarios ]] || fail "conformance: $* ran $ran scenarios, not $scenarios"
  ! grep -q ' 0 passed' "$folder/said" || fail "conformance: a scenario without a check that held: $*"
}

start fixtures --conformance
whole() {
  conform "$2" --suite all --spec-version "$1"
  printf 'ok: conformance, %s: %d scenarios, %s\n' "$1" "$2" "$(sed -n 's/^Total: //p' "$folder/said")"
}
whole 2025-11-25 33
whole 2026-07-28 40
stop

start plain
for scenario in "${plain_2025[@]}"; do conform 1 --scenario "$scenario" --spec-version 2025-11-25; done
for scenario in "${plain_2026[@]}"; do conform 1 --scenario "$scenario" --spec-version 2026-07-28; done
printf 'ok: conformance, plain server: %d scenarios\n' "$((${#plain_2025[@]} + ${#plain_2026[@]}))"
