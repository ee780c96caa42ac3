"""A stand-in worker in another language: the worker protocol, written from docs/worker-protocol.md alone, with the standard library.

Its first argument may name what goes wrong at its start, and a job whose text begins with `do:` says what goes wrong in it
(misbehaviour.py). With `late` it gives every answer twice: the second is one that nobody asked for.
"""

import json
import os
import queue
import signal
import sys
import threading
import time

# No compiled files among the sources.
sys.dont_write_bytecode = True
import misbehaviour  # noqa: E402


class Failed(Exception):
    """A job's failure, as the server is told of it."""

    def __init__(self, code, message, outcome="not-run"):
        super().__init__(message)
        self.error = {"code": code, "message": message, "outcome": outcome}


class Worker:
    """One connection with the server: a thread reads, the main thread does one job at a time."""

    def __init__(self):
        self.nonce = ""
        self.job = 0
        self.asked = 0
        self.arrived = queue.Queue()
        self.cancelled = threading.Event()
        self.groups = set()
        self.variables = {}
        # Children must not inherit what the server reads.
        self.output = os.dup(1)
        os.set_inheritable(self.output, False)

    def write(self, data):
        while data:
            data = data[os.write(self.output, data) :]

    def say(self, **message):
        self.write(json.dumps({"nonce": self.nonce, **message}).encode() + b"\n")

    def read(self):
        """Reads until the server is gone; then so are we, with what we started."""
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if message["type"] != "cancel":
                self.arrived.put(message)
            elif message["id"] == self.job:
                self.cancelled.set()
        for group in self.groups:
            os.killpg(group, signal.SIGKILL)
        os._exit(0)

    def ask(self, about, **arguments):
        self.asked += 1
        self.say(type="ask", id=self.job, ask=self.asked, about=about, arguments=arguments)
        while True:
            message = self.arrived.get()
            if message["type"] == "answer" and message["ask"] == self.asked:
                return message["answer"]

    def serve(self, fault):
        threading.Thread(target=self.read, daemon=True).start()
        misbehaviour.at_the_start(self, fault)
        self.nonce = self.arrived.get()["nonce"]
        self.say(type="hello", version=1, name="stand-in in Python", operations=sorted(OPERATIONS))
        while True:
            message = self.arrived.get()
            if message["type"] == "run":
                self.one_job(message, fault)

    def one_job(self, message, fault):
        self.job = message["id"]
        self.cancelled.clear()
        if self.job == 0:
            misbehaviour.when_asked_for_a_sign_of_life(self, fault)
        began = time.monotonic()

        def own():
            return int((time.monotonic() - began) * 1e6)

        try:
            operation = OPERATIONS.get(message["operation"])
            if operation is None:
                raise Failed("unsupported", message["operation"] + " is not for this worker")
            value = operation(self, message["arguments"])
            self.say(type="result", id=self.job, value=value, own_us=own())
            if fault == "late" and self.job != 0:
                self.say(type="result", id=self.job, value=value, own_us=own())
        except Failed as failed:
            self.say(type="error", id=self.job, error=failed.error, own_us=own())


def get_variable(worker, arguments):
    return {"name": arguments["name"], "value": worker.variables.get(arguments["name"].lower())}


def get_variables(worker, arguments):
    return {"variables": [get_variable(worker, {"name": name}) for name in arguments["names"]]}


def set_variable(worker, arguments):
    worker.variables[arguments["name"].lower()] = arguments["value"]
    return arguments


def process_tokens(worker, arguments):
    text = arguments["text"]
    if not text.startswith("do:"):
        return {"result": "python: " + text}
    result = misbehaviour.at_work(worker, *text[3:].partition(" ")[::2])
    if worker.cancelled.is_set():
        raise Failed("cancelled", "the run was cancelled", "unknown")
    return {"result": result}


def run_macro(worker, arguments):
    found = worker.ask("macro", uid=arguments["uid"])
    if found is None:
        raise Failed("macro_not_found", "there is no macro " + arguments["uid"])
    return {"status": "finished", "result": "python ran " + found["name"], "sinks": {}}


OPERATIONS = {
    "ping": lambda worker, arguments: {},
    "get_variable": get_variable,
    "get_variables": get_variables,
    "set_variable": set_variable,
    "process_tokens": process_tokens,
    "run_macro": run_macro,
}

if __name__ == "__main__":
    Worker().serve(sys.argv[1] if len(sys.argv) > 1 else "")
