"""What goes wrong with a worker, fault by fault: the same words as stand_in.sh knows."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

GARBAGE = b"SECRET-GARBAGE \x1b]52;c;eA==\x07"


def listen():
    """Says nothing more; the reading thread ends the process when the server is gone."""
    threading.Event().wait()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def close(worker):
    os.close(worker.output)
    os.close(1)
    listen()


def at_the_start(worker, fault):
    if fault == "exit":
        print("cannot find my engine", file=sys.stderr)
        os._exit(3)
    if fault == "hang":
        listen()
    if fault == "garbage":
        worker.write(GARBAGE + b' {"type":\n')
        listen()
    if fault == "close":
        close(worker)
    if fault == "crash":
        die()
    if fault == "partial":
        worker.write(b'{"type":"hello",')
        os._exit(0)


def when_asked_for_a_sign_of_life(worker, fault):
    asked_before = getattr(worker, "was_asked", False)
    worker.was_asked = True
    when, _, what = fault.partition("-")
    if when != ("sick" if asked_before else "warm"):
        return
    if what == "exit":
        os._exit(5)
    if what == "hang":
        listen()
    if what == "garbage":
        worker.write(b"SECRET-GARBAGE\n")
        listen()
    if what == "close":
        close(worker)


def sleeper(worker, seconds):
    """A child in a process group of its own, of which the server is told."""
    child = subprocess.Popen(["sleep", seconds], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    worker.groups.add(child.pid)
    worker.say(type="group", id=worker.job, process_group=child.pid, alive=True)


def line(worker, **message):
    return json.dumps({"type": "result", "id": worker.job, "nonce": worker.nonce, "value": {"result": "stale"}, "own_us": 1, **message})


def at_work(worker, what, more):
    """Does what the word says; gives the job's result if it comes to that."""
    if what == "crash":
        die()
    if what == "exit":
        os._exit(7)
    if what == "once":
        if os.path.exists(more):
            return "again"
        open(more, "w").close()
        die()
    if what == "hang":
        listen()
    if what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
        listen()
    if what == "spin":
        while True:
            pass
    if what == "slow":
        time.sleep(float(more))
    if what == "garbage":
        worker.write(GARBAGE + b"\n")
        listen()
    if what == "partial":
        worker.write(b'{"type":"result","id":%d,' % worker.job)
        os._exit(0)
    if what == "long":
        for _ in range(100):
            worker.write(b"x" * 1_000_000)
        worker.write(b"\n")
        listen()
    if what == "drip":
        while True:
            worker.write(b"x")
            time.sleep(0.1)
    if what == "twice":
        worker.say(type="result", id=worker.job, value={"result": more}, own_us=1)
        more = "stale"
    if what == "then":
        # Answers, and goes wrong when nobody waits any more.
        worker.say(type="result", id=worker.job, value={"result": more}, own_us=1)
        if more == "stale":
            worker.say(type="result", id=worker.job, value={"result": "stale"}, own_us=1)
            listen()
        return at_work(worker, more, "")
    if what == "other":
        worker.write(line(worker, id=worker.job + 1).encode() + b"\n")
        listen()
    if what == "forge":
        worker.write(line(worker, nonce="guessed").encode() + b"\n")
        listen()
    if what == "late":
        worker.cancelled.wait()
        worker.cancelled.clear()
    if what == "polite":
        worker.cancelled.wait()
    if what == "close":
        close(worker)
    if what == "child":
        sleeper(worker, more)
        listen()
    if what == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sleeper(worker, more)
        listen()
    if what == "deafen":
        worker.say(type="result", id=worker.job, value={"result": more}, own_us=1)
        os.execvp("sleep", ["sleep", "600"])
    return more
