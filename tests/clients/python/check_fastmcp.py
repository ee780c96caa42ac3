"""Tries kmtop with FastMCP's client (PyPI `fastmcp` 4.1.2), which this project did not write.

    python check_fastmcp.py path/to/kmtop

Over streamable HTTP with the token and over stdio: list the tools, call some, read resources, get prompts, complete, hear of progress, cancel. Exits with 0 when
everything held, 1 when something did not.
"""

import json
import os

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport
from mcp.types import PromptReference

from served import CALL_SECONDS, expect, make_home, progress_and_cancel, read_server_file, run, serving

CLASSES = ["read", "run", "write"]


async def exercise(transport, value):
    async with Client(transport, timeout=CALL_SECONDS) as client:
        names = {tool.name for tool in await client.list_tools()}
        expect({"km_run_macro", "km_set_variable", "health_check"} <= names, f"listed: {sorted(names)}")
        expect("pool_resize" not in names, "a tool is listed that is not allowed")

        async def call(tool, arguments=None):
            return (await client.call_tool(tool, arguments or {})).structured_content

        run_macro = await call("km_run_macro", {"macro": "Greet", "parameter": "Ada"})
        expect(run_macro["result"] == "Hello, Ada!", f"Greet returned {run_macro}")
        await call("km_set_variable", {"name": "Check Value", "value": value})
        expect((await call("km_get_variable", {"name": "Check Value"}))["value"] == value, "the variable came back otherwise")
        wrong = await client.call_tool("km_run_macro", {"macro": "No Such Macro"}, raise_on_error=False)
        expect(wrong.is_error, "running a macro that is not there did not fail")
        greet = [resource for resource in await client.list_resources() if resource.name == "Greet"]
        read = (await client.read_resource(greet[0].uri))[0]
        expect(json.loads(read.text)["name"] == "Greet", f"the resource is {read}")
        prompts = {prompt.name for prompt in await client.list_prompts()}
        expect({"diagnose_slowness", "explain_macro"} <= prompts, f"prompts: {sorted(prompts)}")
        prompt = await client.get_prompt("diagnose_slowness")
        expect("workers live" in prompt.messages[0].model_dump_json(), "the prompt has no live numbers")
        reference = PromptReference(type="ref/prompt", name="explain_macro")
        found = (await client.complete(reference, {"name": "macro", "value": "gree"})).values
        expect(found == ["Greet"], f"completed to {found}")

        hung = {"macro": "Hung Export"}
        await progress_and_cancel(
            lambda told: client.call_tool("km_run_macro", hung, progress_handler=told),
            lambda: call("pool_status"),
        )


async def check_all(kmtop, folder):
    home = make_home(folder / "http", CLASSES)
    with serving(kmtop, home) as (process, address):
        token = read_server_file(home, process, address)
        headers = {"Authorization": f"Bearer {token}"}
        await exercise(StreamableHttpTransport(f"{address}/mcp", headers=headers), "over http: \"é\" 漢\n")
        print("ok: fastmcp, http")
    home = make_home(folder / "stdio", CLASSES)
    environment = dict(os.environ, KMTOP_HOME=str(home))
    # Without keeping it alive the process ends with its client.
    transport = StdioTransport(str(kmtop), ["--serve", "--stdio"], env=environment, cwd=str(home), keep_alive=False)
    await exercise(transport, "over a pipe: \"é\" 漢\n")
    print("ok: fastmcp, stdio")


if __name__ == "__main__":
    run(check_all)
