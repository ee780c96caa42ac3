#!/usr/bin/env bash
# Tries kmtop with the MCP inspector's command line (npm `@modelcontextprotocol/inspector` 2.12.0), which this project did not write.
#
#   tests/clients/inspector/check.sh path/to/kmtop
#
# `mcp-inspector` and Node 22 have to be on the PATH. Exits with 0 when everything held.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
kmtop="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
library="$root/assets/sample.kmmacros"

# Short, because a control socket lies below it.
folder="$(mktemp -d /tmp/kmXXXXXX)"
server=""
between=""
cleanup() {
  if [[ -n $between ]]; then kill "$between" 2>/dev/null || true; fi
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap cleanup EXIT

fail() {
  printf 'failed: %s\n' "$1" >&2
  if [[ -s $folder/stderr ]]; then
    sed 's/^/  kmtop: /' "$folder/stderr" >&2
  fi
  exit 1
}

# The value at a path of keys in the JSON on stdin; a text comes bare, an absent value fails.
field() {
  node -e '
    const value = process.argv.slice(1).reduce((at, key) => at?.[key], JSON.parse(require("fs").readFileSync(0, "utf8")));
    if (value === undefined) process.exit(1);
    process.stdout.write(typeof value === "string" ? value : JSON.stringify(value));
  ' "$@"
}

mkdir "$folder/home"
(
  umask 077
  printf 'allow = ["read", "run", "write", "admin"]\n\n[engine]\nlibrary = ["%s"]\n' "$library" >"$folder/home/config.toml"
)
KMTOP_HOME="$folder/home" "$kmtop" --serve --listen 127.0.0.1:0 </dev/null 2>"$folder/stderr" &
server=$!

url=""
for _ in $(seq 300); do
  url="$(sed -n 's#^kmtop listening on \(http://127\.0\.0\.1:[0-9]*/mcp\)$#\1#p' "$folder/stderr")"
  [[ -n $url ]] && break
  kill -0 "$server" 2>/dev/null || fail "the server ended before it was ready"
  sleep 0.1
done
[[ -n $url ]] || fail "no ready line within 30 s"
token_file="$(field token_file <"$folder/home/state/server.json")" || fail "server.json names no token file"
token="$(<"$token_file")"

# The inspector keeps files of its own in the home folder: give it another one. `era` is the generation of the protocol.
inspect() {
  HOME="$folder" mcp-inspector --cli "$url" --transport http --protocol-era "$era" --header "Authorization: Bearer $token" \
    --stored-auth-only --quiet --format json "$@"
}

# The structured result of a call that must succeed.
call() {
  local answer
  answer="$(inspect --method tools/call --tool-name "$1" --tool-args-json "$2")" || fail "$1 ($era): $answer"
  field result structuredContent <<<"$answer" || field structuredContent <<<"$answer" || fail "$1 ($era) has no structured result: $answer"
}

for era in legacy modern; do
  tools="$(inspect --method tools/list --strict)" || fail "tools/list ($era): $tools"
  for name in km_list_macros km_get_macro km_run_macro km_get_variable km_set_variable km_list_variables km_calculate \
    km_process_tokens km_engine_status health_check system_snapshot pool_status pool_resize; do
    [[ $tools == *"\"$name\""* ]] || fail "$name is not listed ($era)"
  done

  result="$(call km_run_macro '{"macro": "Greet", "parameter": "Ada"}')"
  [[ $(field status <<<"$result") == finished ]] || fail "Greet ($era): $result"
  [[ $(field result <<<"$result") == "Hello, Ada!" ]] || fail "Greet ($era): $result"

  value="$era \"quoted\" \\ é"
  arguments="$(node -e 'process.stdout.write(JSON.stringify({ name: "Check Value", value: process.argv[1] }))' "$value")"
  call km_set_variable "$arguments" >/dev/null
  result="$(call km_get_variable '{"name": "Check Value"}')"
  [[ $(field value <<<"$result") == "$value" ]] || fail "the variable came back as $result ($era)"

  listed="$(inspect --method resources/list)" || fail "resources/list ($era): $listed"
  [[ $listed == *'kmtop://frame'* && $listed == *'variable://Check%20Value'* ]] || fail "resources ($era): $listed"
  read="$(inspect --method resources/read --uri kmtop://frame)" || fail "resources/read ($era): $read"
  [[ $read == *totals* ]] || fail "the frame ($era): $read"
  listed="$(inspect --method resources/templates/list)" || fail "resources/templates/list ($era): $listed"
  [[ $listed == *'macro://{uid}'* ]] || fail "templates ($era): $listed"
  prompt="$(inspect --method prompts/get --prompt-name explain_macro --prompt-args macro=Greet)" || fail "prompts/get ($era): $prompt"
  [[ $prompt == *Greet* ]] || fail "the prompt ($era): $prompt"
  printf 'ok: inspector, %s\n' "$era"
done

# A call that never ends: ended with its client, over HTTP without a session and over a pipe to the same server.
busy() {
  KMTOP_HOME="$folder/home" "$kmtop" call pool_status | field busy
}
wait_for_busy() {
  for _ in $(seq 200); do
    [[ $(busy) == "$1" ]] && return
    sleep 0.05
  done
  fail "$2"
}
# What the inspector hears is kept: it can ask for progress, but shows none.
heard="$folder/heard"
piped() {
  HOME="$folder" mcp-inspector --cli --transport stdio -e KMTOP_HOME="$folder/home" --quiet --format json "$@" -- \
    sh -c '"$0" --serve --stdio | tee -a "$1"' "$kmtop" "$heard"
}
listen_in() {
  node -e '
    const { createServer, request } = require("http"), { appendFileSync } = require("fs");
    const [url, heard] = process.argv.slice(1);
    const server = createServer((asked, told) => {
      const onward = request(url, { method: asked.method, headers: asked.headers }, (answer) => {
        told.writeHead(answer.statusCode, answer.headers);
        answer.on("data", (data) => (appendFileSync(heard, data), told.write(data))).on("end", () => told.end());
      }).on("error", () => told.destroy());
      asked.pipe(onward);
      told.on("close", () => onward.destroy());
    });
    server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
  ' "$url" "$heard" >"$folder/between" &
  between=$!
  for _ in $(seq 100); do
    [[ -s $folder/between ]] && break
    sleep 0.05
  done
  url="$(<"$folder/between")"
}
ends_with_its_client() {
  : >"$heard"
  set -m
  "$@" --method tools/call --tool-name km_run_macro --tool-args-json '{"macro": "Hung Export"}' \
    --tool-metadata progressToken=check >/dev/null 2>&1 &
  local client=$!
  set +m
  wait_for_busy 1 "the macro does not run ($*)"
  for _ in $(seq 100); do
    grep -q notifications/progress "$heard" && break
    sleep 0.05
  done
  grep -q notifications/progress "$heard" || fail "no progress was told ($*)"
  kill -INT -- "-$client"
  wait "$client" 2>/dev/null || true
  wait_for_busy 0 "the worker is not free after its client ended ($*)"
}

listen_in
# A call of the legacy protocol goes on without its client, and the inspector cancels none.
era=modern
ends_with_its_client inspect
tools="$(piped --method tools/list --strict)" || fail "tools/list (stdio): $tools"
[[ $tools == *'"km_run_macro"'* ]] || fail "km_run_macro is not listed (stdio)"
result="$(piped --method tools/call --tool-name km_run_macro --tool-args-json '{"macro": "Greet", "parameter": "Ada"}')" || fail "stdio: $result"
[[ $result == *'Hello, Ada!'* ]] || fail "Greet (stdio): $result"
ends_with_its_client piped
printf 'ok: inspector, stdio; progress is told, and calls end with their client\n'

if token=wrong inspect --method tools/list >/dev/null 2>&1; then
  fail "a wrong token lists tools"
fi
printf 'ok: refuses a wrong token\n'
