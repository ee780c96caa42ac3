#!/usr/bin/env bash
# Compares `kmtop bench` with oha (`cargo install oha`, 1.x), an independent load generator, at a moderate rate.
#
#   tests/clients/load.sh path/to/kmtop [SECONDS]
#
# Both send the same call of the same macro, which takes 20 ms, to the same server, a hundred times a second at equal gaps over ten
# connections, in turns: oha, kmtop, oha, kmtop.
# Exits with 0 when calls per second, mean, median and p95 of the two differ by at most 5 %. python3 does the sums.
set -euo pipefail

kmtop="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
seconds="${2:-15}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
command -v oha >/dev/null || {
  echo "oha is missing; with a Rust toolchain: cargo install oha --locked" >&2
  exit 2
}

# Short, because a control socket lies below it.
folder="$(mktemp -d /tmp/kmXXXXXX)"
server=""
stop() {
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT

mkdir -p "$folder/data/library"
cp "$here/assets/benchmark.kmmacros" "$folder/data/library/"
# More workers than there are connections: nothing waits.
KMTOP_HOME="$folder" "$kmtop" --serve --listen 127.0.0.1:0 --pool-min 16 --pool-max 16 2>"$folder/stderr" &
server=$!
for _ in $(seq 600); do
  [[ -s $folder/state/server.json ]] && break
  sleep 0.05
done
[[ -s $folder/state/server.json ]] || {
  echo "the server did not start:" >&2
  cat "$folder/stderr" >&2
  exit 2
}
address="$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["http"])' "$folder/state/server.json")/mcp"
token="$(cat "$folder/state/token")"
sleep 2

arguments='{"macro":"kmtop Benchmark Wait","parameter":"0.02"}'
# The protocol without sessions, so that one request can be sent again and again.
meta='{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"oha","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}'
message='{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"km_run_macro","arguments":'"$arguments"',"_meta":'"$meta"'}}'

with_oha() {
  oha -z "${seconds}s" -c 10 -q 100 --no-tui --output-format json -m POST -T application/json -A 'application/json, text/event-stream' \
    -H "Authorization: Bearer $token" -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: km_run_macro' \
    -d "$message" "$address" >"$folder/oha.$1.json"
}

# A load test refuses no macro of its own, and `--call` names it.
with_kmtop() {
  KMTOP_HOME="$folder/other" "$kmtop" bench "$address" --token-file "$folder/state/token" --client raw --constant --rate 100/s \
    --duration "${seconds}s" --warm-up 0 --settle 0 --call "km_run_macro=$arguments" --json >"$folder/kmtop.$1.json"
}

for turn in 1 2; do
  with_oha "$turn"
  with_kmtop "$turn"
done

python3 - "$folder" "$seconds" <<'PYTHON'
import json, sys

folder = sys.argv[1]
read = lambda name: [json.load(open(f"{folder}/{name}.{turn}.json")) for turn in (1, 2)]
mean = lambda reports, of: sum(of(report) for report in reports) / len(reports)

theirs = read("oha")
oha = {
    "calls/s": mean(theirs, lambda report: report["summary"]["requestsPerSec"]),
    "mean ms": mean(theirs, lambda report: report["summary"]["average"] * 1e3),
    "p50 ms": mean(theirs, lambda report: report["latencyPercentiles"]["p50"] * 1e3),
    "p95 ms": mean(theirs, lambda report: report["latencyPercentiles"]["p95"] * 1e3),
}
failed = sum(count for report in theirs for status, count in report["statusCodeDistribution"].items() if status != "200")

ours = read("kmtop")
failed += sum(report["calls"]["failed"] for report in ours)
percentile = lambda report, wanted: next(p["value_us"] for p in report["service"]["percentiles"] if p["percentile"] == wanted) / 1e3
kmtop = {
    "calls/s": mean(ours, lambda report: report["rate"]["achieved_per_s"]),
    "mean ms": mean(ours, lambda report: report["service"]["mean_us"] / 1e3),
    "p50 ms": mean(ours, lambda report: percentile(report, 50.0)),
    "p95 ms": mean(ours, lambda report: percentile(report, 95.0)),
}
worst = 0.0
print(f"{'':10}{'oha':>10}{'kmtop':>10}{'off by':>10}")
for name in oha:
    off = abs(kmtop[name] / oha[name] - 1.0)
    worst = max(worst, off)
    print(f"{name:10}{oha[name]:10.2f}{kmtop[name]:10.2f}{off:10.1%}")
if failed:
    sys.exit(f"{failed} calls failed")
if worst > 0.05:
    sys.exit("they differ by more than 5 %")
print("they agree within 5 %")
PYTHON
