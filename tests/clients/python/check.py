"""Tries kmtop with the Python MCP client (PyPI `mcp` 2.3.0), which this project did not write.

    python check.py path/to/kmtop

Over streamable HTTP with the token, in both generations of the protocol, and over stdio: list the tools, run a macro, set and
read back a variable, calculate. Exits with 0 when everything held, 1 when something did not.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "assets" / "sample.kmmacros"
TOOLS = {
    "km_list_macros",
    "km_search_macros",
    "km_get_macro",
    "km_lint_macro",
    "km_hotkey_conflicts",
    "km_macro_stats",
    "km_engine_log",
    "km_export_macros",
    "km_import_macros",
    "km_set_macro_enabled",
    "km_delete_macro",
    "km_run_macro",
    "km_get_variable",
    "km_set_variable",
    "km_list_variables",
    "km_get_dictionary",
    "km_set_dictionary",
    "km_list_dictionaries",
    "km_delete_dictionary_key",
    "km_calculate",
    "km_process_tokens",
    "km_engine_status",
    "health_check",
    "system_snapshot",
    "pool_status",
    "pool_resize",
}
# Offered only when the settings allow the classes `admin` and `delete`.
ADMIN_TOOLS = {"pool_resize", "km_delete_macro", "km_delete_dictionary_key"}
START_SECONDS = 30
CALL_SECONDS = 30
WHOLE_SECONDS = 180
READY_LINE = re.compile(r"^kmtop listening on (http://127\.0\.0\.1:\d+)/mcp$")


class Broken(Exception):
    """Something that must hold does not."""


def expect(holds, what):
    if not holds:
        raise Broken(what)


def make_home(folder, allow):
    """A home with the sample library and these access classes."""
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(f"allow = {json.dumps(allow)}\n\n[engine]\nlibrary = {json.dumps([str(LIBRARY)])}\n", encoding="utf-8")
    config.chmod(0o600)
    return folder


@contextlib.contextmanager
def serving(kmtop, home):
    """A server of its own on a free port: its process and its address."""
    environment = dict(os.environ, KMTOP_HOME=str(home))
    command = [str(kmtop), "--serve", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=home)
    lines = queue.Queue()

    def forward():
        for line in process.stderr:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=forward, daemon=True).start()
    try:
        yield process, wait_until_ready(lines)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(lines):
    """The address from the line that the server prints when it is ready."""
    end = time.monotonic() + START_SECONDS
    said = []
    while True:
        try:
            line = lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise Broken(f"no ready line within {START_SECONDS} s; stderr: {said}") from None
        expect(line is not None, f"the server ended before it was ready; stderr: {said}")
        said.append(line)
        if ready := READY_LINE.match(line):
            return ready.group(1)


def read_server_file(home, process, address):
    """What `state/server.json` says, checked; returns the token."""
    path = home / "state" / "server.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    expect(about["pid"] == process.pid, f"server.json names process {about['pid']}, it is {process.pid}")
    expect(about["http"] == address, f"server.json says {about['http']}, the ready line said {address}")
    expect(pathlib.Path(about["socket"]).is_socket(), f"{about['socket']} is no socket")
    token_file = pathlib.Path(about["token_file"])
    expect(token_file.stat().st_mode & 0o077 == 0, f"{token_file} is open to others")
    token = token_file.read_text(encoding="utf-8").strip()
    expect(len(token) >= 32, "the token is short")
    return token


async def call(client, tool, arguments=None):
    """The structured result of a call that must succeed."""
    result = await client.call_tool(tool, arguments or {}, read_timeout_seconds=CALL_SECONDS)
    texts = [block.text for block in result.content if getattr(block, "type", None) == "text"]
    expect(not result.is_error, f"{tool} failed: {texts}")
    expect(isinstance(result.structured_content, dict), f"{tool} has no structured result")
    return result.structured_content


async def list_tools(client):
    """Every tool by name, over all pages."""
    tools, cursor = {}, None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools.update((tool.name, tool) for tool in page.tools)
        cursor = page.next_cursor
        if not cursor:
            return tools


async def exercise(client, tools_expected, value):
    """What every transport must do."""
    tools = await list_tools(client)
    missing = tools_expected - tools.keys()
    expect(not missing, f"not listed: {sorted(missing)}")
    expect(not (TOOLS - tools_expected) & tools.keys(), f"listed although not allowed: {sorted(TOOLS & tools.keys() - tools_expected)}")
    for name in tools_expected:
        expect(tools[name].description, f"{name} has no description")
        expect(tools[name].output_schema, f"{name} has no output schema")

    macros = await call(client, "km_list_macros", {"query": "Greet"})
    greet = [macro for macro in macros["macros"] if macro["name"] == "Greet"]
    expect(len(greet) == 1, f"km_list_macros finds {len(greet)} macros called Greet")

    run = await call(client, "km_run_macro", {"macro": "Greet", "parameter": "Ada"})
    expect(run["status"] == "finished", f"Greet ended as {run['status']}: {run}")
    expect(run["result"] == "Hello, Ada!", f"Greet returned {run['result']!r}")
    expect(run["macro_uid"] == greet[0]["uid"], "the run names another macro")

    await call(client, "km_set_variable", {"name": "Check Value", "value": value})
    read = await call(client, "km_get_variable", {"name": "Check Value"})
    expect(read["value"] == value, f"the variable came back as {read['value']!r}, not {value!r}")
    unset = await call(client, "km_get_variable", {"name": "Check Never Set"})
    expect(unset["value"] is None, f"a variable that was never set is {unset['value']!r}")

    result = await call(client, "km_calculate", {"expression": "6 * 7"})
    expect(float(result["result"]) == 42, f"6 * 7 is {result['result']!r}")
    await call(client, "health_check")

    wrong = await client.call_tool("km_run_macro", {"macro": "No Such Macro"}, read_timeout_seconds=CALL_SECONDS)
    expect(wrong.is_error, "running a macro that is not there did not fail")


async def over_http(address, token, mode):
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=CALL_SECONDS) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            # Quotes, a backslash, a line break and characters beyond the first plane have to survive.
            await exercise(client, TOOLS, f"{mode}: \"quoted\" 'single' \\ é 漢 🙂\nsecond line")
            return client.protocol_version


async def refuses_strangers(address):
    """Without the token, or from a foreign web page, nothing is answered."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(timeout=CALL_SECONDS) as http:
        bare = await http.post(f"{address}/mcp", json=request, headers=headers)
        expect(bare.status_code == 401, f"a request without token got {bare.status_code}, not 401")
        wrong = await http.post(f"{address}/mcp", json=request, headers=headers | {"Authorization": "Bearer wrong"})
        expect(wrong.status_code == 401, f"a request with a wrong token got {wrong.status_code}, not 401")
        foreign = await http.post(f"{address}/mcp", json=request, headers=headers | {"Origin": "http://evil.example"})
        expect(foreign.status_code in (401, 403), f"a request from a foreign page got {foreign.status_code}")
        health = await http.get(f"{address}/healthz")
        expect(health.status_code == 200, f"/healthz answered {health.status_code}")


async def over_stdio(kmtop, home):
    server = StdioServerParameters(
        command=str(kmtop),
        args=["--serve", "--stdio", "--standalone"],
        env=dict(os.environ, KMTOP_HOME=str(home)),
        cwd=home,
    )
    async with Client(server) as client:
        await exercise(client, TOOLS - ADMIN_TOOLS, "over a pipe")
        return client.protocol_version


async def check_all(kmtop, folder):
    home = make_home(folder / "http", ["read", "run", "write", "delete", "admin"])
    with serving(kmtop, home) as (process, address):
        token = read_server_file(home, process, address)
        await refuses_strangers(address)
        print("ok: refuses strangers")
        for mode in ("auto", "legacy"):
            version = await over_http(address, token, mode)
            print(f"ok: http, {mode}, protocol {version}")
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 20)
        expect(code == 0, f"the server ended with {code}")
        expect(not (home / "state" / "server.json").exists(), "server.json outlived a clean exit")
        print("ok: clean exit")
    version = await over_stdio(kmtop, make_home(folder / "stdio", ["read", "run", "write"]))
    print(f"ok: stdio, protocol {version}")


def reasons(error):
    """The single errors in a group of them, which is what a task group raises."""
    # By its attribute: Python 3.10 has no built-in name for such a group.
    inner = getattr(error, "exceptions", None)
    return [reason for one in inner for reason in reasons(one)] if inner else [error]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check.py path/to/kmtop")
    kmtop = pathlib.Path(sys.argv[1]).resolve()
    if not kmtop.is_file() or not LIBRARY.is_file():
        sys.exit(f"{kmtop} and {LIBRARY} must be there; build with `cargo build --release` first")
    # Short, because a control socket lies below it.
    with tempfile.TemporaryDirectory(prefix="km", dir="/tmp") as folder:
        try:
            asyncio.run(asyncio.wait_for(check_all(kmtop, pathlib.Path(folder)), WHOLE_SECONDS))
        except BaseException as error:  # noqa: BLE001 - every failure is reported the same way
            for reason in reasons(error):
                if isinstance(reason, Broken):
                    print(f"failed: {reason}", file=sys.stderr)
                else:
                    traceback.print_exception(reason)
            sys.exit(1)


if __name__ == "__main__":
    main()
