"""Tries kmtop with the Python MCP client (PyPI `mcp` 2.3.0), which this project did not write.

    python check.py path/to/kmtop

Over streamable HTTP with the token, in both generations of the protocol, every tool that is listed is called, and what goes and comes is held
against its schemas. There, and over stdio, carried to a server in the background and on its own: list the tools, run a macro, set and read back a variable, calculate, read resources, get prompts, complete, follow a
variable, hear of progress, cancel. Exits with 0 when
everything held, 1 when something did not.
"""

import asyncio
import json
import os
import shutil
import signal

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import PromptReference

from every_tool import ALL_CLASSES, SETTINGS, every_tool, listed_tools
from served import CALL_SECONDS, LIBRARY, expect, make_home, progress_and_cancel, read_server_file, run, serving

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
    "km_cancel",
    "km_run_status",
    "km_get_variable",
    "km_get_variables",
    "km_set_variable",
    "km_set_variables",
    "km_delete_variable",
    "km_list_variables",
    "km_get_dictionary",
    "km_set_dictionary",
    "km_list_dictionaries",
    "km_delete_dictionary_key",
    "km_get_clipboard",
    "km_set_clipboard",
    "km_search_replace",
    "km_run_actions",
    "run_script",
    "latency_report",
    "list_alerts",
    "list_advice",
    "apply_advice",
    "undo_change",
    "km_calculate",
    "km_process_tokens",
    "km_engine_status",
    "health_check",
    "system_snapshot",
    "pool_status",
    "pool_resize",
    "set_strategy",
    "stop_all",
}
# Offered only with `[files] roots`.
FILE_TOOLS = {"file_read", "file_list", "file_info", "file_write", "file_append", "file_batch"}
# Offered only when the settings allow the classes `admin`, `delete` and `script`.
ADMIN_TOOLS = {
    "pool_resize",
    "set_strategy",
    "stop_all",
    "apply_advice",
    "undo_change",
    "km_delete_macro",
    "km_delete_variable",
    "km_delete_dictionary_key",
    "km_run_actions",
    "run_script",
}


async def call(client, tool, arguments=None):
    """The structured result of a call that must succeed."""
    result = await client.call_tool(tool, arguments or {}, read_timeout_seconds=CALL_SECONDS)
    texts = [block.text for block in result.content if getattr(block, "type", None) == "text"]
    expect(not result.is_error, f"{tool} failed: {texts}")
    expect(isinstance(result.structured_content, dict), f"{tool} has no structured result")
    return result.structured_content


async def exercise(client, tools_expected, value):
    """What every transport must do."""
    tools = await listed_tools(client)
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

    await beside_tools(client)

    hung = {"macro": "Hung Export"}
    await progress_and_cancel(
        lambda told: client.call_tool("km_run_macro", hung, progress_callback=told, read_timeout_seconds=CALL_SECONDS),
        lambda: call(client, "pool_status"),
    )


async def beside_tools(client):
    """Resources, prompts, completion, and being told of a change."""
    resources = (await client.list_resources()).resources
    greet = [resource for resource in resources if resource.name == "Greet"]
    expect(len(greet) == 1, f"{len(greet)} resources are called Greet")
    read = (await client.read_resource(str(greet[0].uri))).contents[0]
    expect(json.loads(read.text)["name"] == "Greet", f"the resource is {read}")
    frame = (await client.read_resource("kmtop://frame")).contents[0]
    expect(json.loads(frame.text)["version"], f"the frame is {frame}")
    templates = (await client.list_resource_templates()).resource_templates
    expect(len(templates) == 2, f"{len(templates)} templates")
    prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
    expect({"diagnose_slowness", "explain_macro"} <= prompts, f"prompts: {sorted(prompts)}")
    prompt = await client.get_prompt("explain_macro", {"macro": "Greet"})
    expect(any("Greet" in message.model_dump_json() for message in prompt.messages), "the prompt does not show the macro")
    reference = PromptReference(type="ref/prompt", name="explain_macro")
    found = (await client.complete(reference, {"name": "macro", "value": "gree"})).completion.values
    expect(found == ["Greet"], f"completed to {found}")
    if str(client.protocol_version) >= "2026":
        async with client.listen(resource_subscriptions=["variable://Check%20Followed"]) as events:
            await call(client, "km_set_variable", {"name": "Check Followed", "value": "1"})
            event = await asyncio.wait_for(anext(aiter(events)), CALL_SECONDS)
            expect(event.uri == "variable://Check%20Followed", f"told of {event}")


async def over_http(address, token, mode):
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=CALL_SECONDS) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            listed, calls = await every_tool(client)
            print(f"ok: http, {mode}: {listed} tools, {calls} calls held against their schemas")
            # Quotes, a backslash, a line break and characters beyond the first plane have to survive.
            await exercise(client, TOOLS | FILE_TOOLS, f"{mode}: \"quoted\" 'single' \\ é 漢 🙂\nsecond line")
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


async def over_stdio(kmtop, home, *flags):
    server = StdioServerParameters(
        command=str(kmtop),
        args=["--serve", "--stdio", *flags],
        env=dict(os.environ, KMTOP_HOME=str(home)),
        cwd=home,
    )
    async with Client(server) as client:
        await exercise(client, TOOLS - ADMIN_TOOLS, "over a pipe")
        return client.protocol_version


async def check_all(kmtop, folder):
    files = folder / "files"
    files.mkdir()
    more = f"[files]\nroots = [{json.dumps(str(files))}]\n{SETTINGS}"
    # A folder, so that macros can be imported into it.
    library = folder / "library"
    library.mkdir()
    shutil.copy(LIBRARY, library)
    home = make_home(folder / "http", ALL_CLASSES, more, library)
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
    version = await over_stdio(kmtop, make_home(folder / "alone", ["read", "run", "write"]), "--standalone")
    print(f"ok: stdio, standalone, protocol {version}")
    version = await over_stdio(kmtop, make_home(folder / "carried", ["read", "run", "write"]))
    print(f"ok: stdio, carried to a server in the background, protocol {version}")


if __name__ == "__main__":
    run(check_all)
