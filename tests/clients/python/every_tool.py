"""Calls every tool that a server lists, and holds what goes and comes against the tool's schemas with `jsonschema`.

A tool that is listed and has no call here is a failure, and so is a call of a tool that is not listed. Each call must come out as it says:
well, or with this error's code. The server needs every class, `[files] roots`, the group Sample as tools and the `[[tool]]` of `SETTINGS`.
"""

import jsonschema

from served import CALL_SECONDS, expect

ALL_CLASSES = ["read", "run", "write", "delete", "script", "files-write", "network", "admin"]

SETTINGS = """[mcp]
expose_groups = ["Sample"]
[[tool]]
name = "check_echo"
description = "Says it again"
command = ["echo", "{words}"]
[tool.arguments.words]
type = "string"
required = true
"""

ACTIONS = """<plist version="1.0"><array><dict>
<key>MacroActionType</key><string>Return</string><key>Text</key><string>%TriggerValue%</string>
</dict></array></plist>"""

FAILING = """<plist version="1.0"><array><dict>
<key>MacroActionType</key><string>ExecuteShellScript</string><key>Text</key><string>exit 7</string>
</dict></array></plist>"""

# Text that a shell, a script or a macro would do something with.
ATTACK = "$(id); `id` \"'%ShellScript%id%\n\u202e"

# (tool, arguments), or (tool, arguments, the code of the error that must come).
CALLS = [
    ("km_list_macros", {"limit": 2}),
    ("km_search_macros", {"text": "sleep"}),
    ("km_get_macro", {"macro": "Greet"}),
    ("km_get_macro", {"macro": "Greet", "format": "outline"}),
    ("km_get_macro", {"macro": "Greet", "format": "xml"}),
    ("km_get_macro", {"macro": "No Such Macro"}, "macro_not_found"),
    ("km_lint_macro", {"macro": "Greet"}),
    ("km_hotkey_conflicts", {}),
    ("km_run_macro", {"macro": "Greet", "parameter": ATTACK}),
    ("km_run_macro", {"macro": "Greet", "dry_run": True}),
    ("km_run_macro", {"macro": "Type Signature"}, "refused"),
    ("km_run_macro", {"macro": "Hung Export", "timeout_ms": 300}, "timeout"),
    ("km_run_macro", {"macro": "Greet", "wait": False}),
    ("km_run_status", {}),
    ("km_cancel", {"all": True}),
    ("km_macro_stats", {}),
    ("km_engine_log", {}),
    ("km_set_variable", {"name": "Check One", "value": ATTACK}),
    ("km_set_variables", {"variables": {"Check Two": "2", "Check Three": "$(id)"}}),
    ("km_get_variable", {"name": "Check One"}),
    ("km_get_variable", {"name": "Check Never Set"}),
    ("km_get_variables", {"names": ["Check One", "Check Three"]}),
    ("km_list_variables", {}),
    ("km_delete_variable", {"name": "Check Two"}),
    ("km_set_dictionary", {"name": "Check", "key": "a", "value": ATTACK}),
    ("km_get_dictionary", {"name": "Check"}),
    ("km_list_dictionaries", {}),
    ("km_delete_dictionary_key", {"name": "Check", "key": "a"}),
    ("km_set_clipboard", {"text": ATTACK}),
    ("km_get_clipboard", {}),
    ("km_search_replace", {"text": "a b", "search": " ", "replace": "-"}),
    ("km_run_actions", {"xml": ACTIONS, "parameter": ATTACK}),
    ("km_run_actions", {"xml": FAILING}, "macro_failed"),
    ("km_run_actions", {"xml": "no actions"}, "bad_arguments"),
    ("run_script", {"language": "shell", "script": "cat; exit 3", "input": ATTACK}),
    ("km_calculate", {"expression": "1 + 1"}),
    ("km_calculate", {"expression": "1 +"}, "bad_arguments"),
    ("km_process_tokens", {"text": "%Variable%Check One%"}),
    ("km_engine_status", {"probe": True}),
    ("health_check", {}),
    ("system_snapshot", {}),
    ("latency_report", {}),
    ("list_alerts", {}),
    ("list_advice", {}),
    ("apply_advice", {"id": 1000000}, "no_advice"),
    ("pool_status", {}),
    ("pool_resize", {"size": 3}),
    ("set_strategy", {"autopilot": "off"}),
    ("undo_change", {}),
    ("stop_all", {}),
    ("km_run_macro", {"macro": "Greet"}, "stopped"),
    ("stop_all", {"lift": True}),
    ("file_write", {"path": "check.txt", "content": "one"}),
    ("file_append", {"path": "check.txt", "content": "two", "flush": True}),
    ("file_read", {"path": "check.txt"}),
    ("file_read", {"path": "../config.toml"}, "outside_roots"),
    ("file_info", {"path": "check.txt"}),
    ("file_list", {}),
    ("file_batch", {"operations": [{"operation": "read", "path": "../config.toml"}, {"operation": "info", "path": "check.txt"}]}),
    ("check_echo", {"words": ATTACK}),
    ("check_echo", {"words": "-n"}, "bad_arguments"),
    ("greet", {"parameter": ATTACK}),
]

# What comes back as it was given, by tool and the answer's key.
ROUND_TRIPS = {
    "km_get_variable": "value",
    "km_get_clipboard": "text",
    "km_run_actions": "result",
    "run_script": "output",
    "km_process_tokens": "result",
}


async def listed_tools(client):
    """Every tool by name, over all pages."""
    tools, cursor = {}, None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools.update((tool.name, tool) for tool in page.tools)
        cursor = page.next_cursor
        if not cursor:
            return tools


def validators(tool):
    """The validators of a tool's schemas, which must be schemas themselves."""
    found = []
    for schema in (tool.input_schema, tool.output_schema):
        expect(schema, f"{tool.name} lacks a schema")
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        kind.check_schema(schema)
        found.append(kind(schema))
    return found


def misfits(validator, value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)]


async def every_tool(client):
    """Calls all of them; how many tools and calls there were."""
    tools = await listed_tools(client)
    checks = {name: validators(tool) for name, tool in tools.items()}
    called, count = set(), 0

    async def call(tool, arguments, code=None):
        nonlocal count
        count += 1
        shown = f"{tool} {str(arguments)[:200]}"
        expect(tool in tools, f"{tool} is not listed")
        goes, comes = checks[tool]
        expect(not misfits(goes, arguments), f"{shown}: its own schema refuses that: {misfits(goes, arguments)}")
        result = await client.call_tool(tool, arguments, read_timeout_seconds=CALL_SECONDS)
        value = result.structured_content
        expect(isinstance(value, dict), f"{shown} has no structured answer: {result}")
        expect(not misfits(comes, value), f"{shown}: {misfits(comes, value)}")
        came = value["error"]["code"] if result.is_error else None
        expect(came == code, f"{shown} came to {came}, not to {code}: {result.content}")
        called.add(tool)
        return value

    for tool, arguments, *code in CALLS:
        value = await call(tool, arguments, *code)
        key = ROUND_TRIPS.get(tool)
        if key and ATTACK in (arguments.get("parameter"), arguments.get("input"), arguments.get("text")):
            expect(value[key] == ATTACK, f"{tool} gave {value[key]!r} back")
        if tool == "km_get_variable" and arguments["name"] == "Check One":
            expect(value["value"] == ATTACK, f"the variable came back as {value['value']!r}")
    # A macro that nobody needs: out, in again as a new one, off, on, gone.
    xml = (await call("km_export_macros", {"macros": ["Greet"]}))["xml"]
    await call("km_import_macros", {"xml": xml, "conflict": "skip"})
    before = {found["uid"] for found in (await call("km_list_macros", {"query": "Greet", "limit": 1000}))["macros"]}
    await call("km_import_macros", {"xml": xml, "conflict": "new_uid"})
    after = {found["uid"] for found in (await call("km_list_macros", {"query": "Greet", "limit": 1000}))["macros"]}
    expect(len(after - before) == 1, f"the copy is not there: {after - before}")
    copy = (after - before).pop()
    await call("km_set_macro_enabled", {"macro": copy, "enabled": False})
    await call("km_run_macro", {"macro": copy}, "macro_disabled")
    await call("km_set_macro_enabled", {"macro": copy, "enabled": True})
    await call("km_delete_macro", {"macro": copy})
    # Of the macros that are tools one was called; the others have the same function.
    macros = {name for name, tool in tools.items() if is_macro(tool)}
    expect(macros & called, f"none of the macros that are tools was called: {sorted(macros)}")
    left = tools.keys() - called - macros
    expect(not left, f"listed and never called: {sorted(left)}")
    # Every argument's schema refuses what is none of its own, and so does the tool.
    for name in sorted(tools):
        nonsense = {"no such argument": 1}
        expect(misfits(checks[name][0], nonsense), f"{name}: its schema takes any argument")
        result = await client.call_tool(name, nonsense, read_timeout_seconds=CALL_SECONDS)
        expect(result.is_error and not misfits(checks[name][1], result.structured_content), f"{name} takes any argument: {result}")
    return len(tools), count


def is_macro(tool):
    """Whether a tool is a macro of the exposed group: its answer is that of a run."""
    return {"run_id", "macro_uid", "sinks"} <= tool.output_schema.get("properties", {}).keys() and not tool.name.startswith("km_")
