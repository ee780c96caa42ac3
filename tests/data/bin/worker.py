"""A stand-in worker: the worker protocol, written from its description alone, in another language.

With the argument `late` it gives every answer twice: the second is one that nobody asked for.
"""

import json
import sys
import time

VARIABLES = {}
NONCE = ""


def say(**message):
    sys.stdout.write(json.dumps({**message, "nonce": NONCE}) + "\n")
    sys.stdout.flush()


def listen():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def find_macro(job, uid):
    """Asks the server, which has the library."""
    say(type="ask", id=job, ask=1, about="macro", arguments={"uid": uid})
    while True:
        message = listen()
        if message["type"] == "answer" and message["ask"] == 1:
            return message["answer"]


def work(job, operation, arguments):
    if operation == "ping":
        return {}
    if operation == "get_variable":
        return {"name": arguments["name"], "value": VARIABLES.get(arguments["name"].lower())}
    if operation == "set_variable":
        VARIABLES[arguments["name"].lower()] = arguments["value"]
        return arguments
    if operation == "process_tokens":
        return {"result": "python: " + arguments["text"]}
    if operation == "run_macro":
        found = find_macro(job, arguments["uid"])
        return {"status": "finished", "result": "python ran " + found["name"], "sinks": {}}
    return None


def main():
    global NONCE
    hello = listen()
    NONCE = hello["nonce"]
    operations = ["ping", "get_variable", "set_variable", "process_tokens", "run_macro"]
    say(type="hello", version=1, name="stand-in in Python", operations=operations)
    while True:
        message = listen()
        if message["type"] != "run":
            continue
        began = time.monotonic()
        value = work(message["id"], message["operation"], message["arguments"])
        own = int((time.monotonic() - began) * 1e6)
        if value is None:
            error = {"code": "unsupported", "message": message["operation"] + " is not for this worker", "outcome": "not-run"}
            say(type="error", id=message["id"], error=error, own_us=own)
        else:
            say(type="result", id=message["id"], value=value, own_us=own)
            if "late" in sys.argv[1:] and message["id"] != 0:
                say(type="result", id=message["id"], value=value, own_us=own)


main()
