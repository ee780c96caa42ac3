#!/usr/bin/env bash
# What another client feels of a flood: its p99 while one limited token sends 1,000 calls a second, beside its p99 without.
#
#   tests/clients/flood.sh path/to/kmtop [SECONDS]
#
# Both clients are `kmtop bench`, each a process of its own. The other client is the owner, who makes 100 calls a second that need a worker.
# Three turns, each without and with the flood; the middle one of the three ratios counts. Exits with 0 when no call of the other client
# failed and that ratio is at most 3. Give it a release build: a debug build measures itself. python3 does the sums.
set -euo pipefail

kmtop="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
seconds="${2:-10}"

# Short, because a control socket lies below it.
folder="$(mktemp -d /tmp/kmXXXXXX)"
pids=()
stop() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap stop EXIT

KMTOP_HOME="$folder" "$kmtop" --serve --listen 127.0.0.1:0 2>"$folder/stderr" &
pids+=($!)
for _ in $(seq 200); do
  [[ -s $folder/state/server.json ]] && break
  sleep 0.05
done
address="$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["http"])' "$folder/state/server.json")/mcp"
KMTOP_HOME="$folder" "$kmtop" token create flood --rate 50/s --burst 100 >"$folder/flood.token" 2>/dev/null
sleep 2

# Name of the result, token, rate and span of one load; that some of the flood's calls are refused is no failure here.
load() {
  KMTOP_HOME="$folder/$1.home" "$kmtop" bench "$address" --token-file "$2" --client raw --constant --rate "$3" --duration "$4" \
    --warm-up 0 --settle 0 --call 'km_calculate={"expression":"1+1"}' --json >"$folder/$1.json" 2>"$folder/$1.stderr" || true
}

for turn in 1 2 3; do
  load "quiet.$turn" "$folder/state/token" 100/s "${seconds}s"
  load "flood.$turn" "$folder/flood.token" 1000/s "$((seconds + 2))s" &
  pids+=($!)
  sleep 1
  load "flooded.$turn" "$folder/state/token" 100/s "${seconds}s"
  wait "${pids[-1]}"
  unset 'pids[-1]'
done

python3 - "$folder" <<'END'
import json, pathlib, sys

folder = pathlib.Path(sys.argv[1])
read = lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
p99 = lambda report: next(p["value_us"] for p in report["latency"]["percentiles"] if p["percentile"] == 99.0) / 1e3
ratios, failed = [], 0
for turn in (1, 2, 3):
    quiet, flooded, flood = (read(f"{name}.{turn}") for name in ("quiet", "flooded", "flood"))
    ratios.append(p99(flooded) / p99(quiet))
    failed += quiet["calls"]["failed"] + flooded["calls"]["failed"]
    refused = f"{flood['calls']['failed']} of {flood['calls']['planned']} calls of the flood were refused"
    print(f"turn {turn}: p99 {p99(quiet):.2f} ms without, {p99(flooded):.2f} ms with: {ratios[-1]:.2f} times; {refused}")
ratio = sorted(ratios)[1]
print(f"the middle ratio: {ratio:.2f}; {failed} calls of the other client failed")
sys.exit(0 if ratio <= 3 and failed == 0 else 1)
END
