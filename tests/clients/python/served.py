"""A kmtop server of its own for a check, and what all checks share."""

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

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "assets" / "sample.kmmacros"
START_SECONDS = 30
CALL_SECONDS = 30
WHOLE_SECONDS = 180
READY_LINE = re.compile(r"^kmtop listening on (http://127\.0\.0\.1:\d+)/mcp$")


class Broken(Exception):
    """Something that must hold does not."""


def expect(holds, what):
    if not holds:
        raise Broken(what)


def make_home(folder, allow, more="", library=LIBRARY):
    """A home with the sample library or another one, these access classes and more settings."""
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(f"allow = {json.dumps(allow)}\n\n[server]\nlisten = \"127.0.0.1:0\"\n\n[engine]\nlibrary = {json.dumps([str(library)])}\n{more}", encoding="utf-8")
    config.chmod(0o600)
    return folder


@contextlib.contextmanager
def serving(kmtop, home, listen="127.0.0.1:0"):
    """A server of its own, on a free port if none is named: its process and its address."""
    environment = dict(os.environ, KMTOP_HOME=str(home))
    command = [str(kmtop), "--serve", "--listen", listen]
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


async def progress_and_cancel(call, pool):
    """A call that never ends tells of its progress, and cancelling it frees its worker.

    `call(on_progress)` runs the macro that hangs; `pool()` gives the pool's status.
    """
    told = asyncio.Event()

    async def on_progress(progress, total=None, message=None):
        expect(progress > 0, f"progress {progress}")
        told.set()

    running = asyncio.create_task(call(on_progress))
    await asyncio.wait_for(told.wait(), CALL_SECONDS)
    expect((await pool())["busy"] == 1, "the macro does not run")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    end = time.monotonic() + 10
    while (await pool())["busy"] != 0:
        expect(time.monotonic() < end, "the worker is not free 10 s after its call was cancelled")
        await asyncio.sleep(0.05)


def reasons(error):
    """The single errors in a group of them, which is what a task group raises."""
    # By its attribute: Python 3.10 has no built-in name for such a group.
    inner = getattr(error, "exceptions", None)
    return [reason for one in inner for reason in reasons(one)] if inner else [error]


def end_background(home):
    """Ends the server that a client on stdin and stdout started in the background."""
    path = home / "state" / "server.json"
    if path.exists():
        os.kill(json.loads(path.read_text(encoding="utf-8"))["pid"], signal.SIGTERM)
        end = time.monotonic() + 15
        while path.exists() and time.monotonic() < end:
            time.sleep(0.05)


def run(check):
    """Runs `check(kmtop, folder)` and exits with 0 when everything held, 1 when something did not."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} path/to/kmtop")
    kmtop = pathlib.Path(sys.argv[1]).resolve()
    if not kmtop.is_file() or not LIBRARY.is_file():
        sys.exit(f"{kmtop} and {LIBRARY} must be there; build with `cargo build --release` first")
    # Short, because a control socket lies below it.
    with tempfile.TemporaryDirectory(prefix="km", dir="/tmp") as folder:
        folder = pathlib.Path(folder)
        try:
            asyncio.run(asyncio.wait_for(check(kmtop, folder), WHOLE_SECONDS))
        except BaseException as error:  # noqa: BLE001 - every failure is reported the same way
            for reason in reasons(error):
                if isinstance(reason, Broken):
                    print(f"failed: {reason}", file=sys.stderr)
                else:
                    traceback.print_exception(reason)
            sys.exit(1)
        finally:
            for home in folder.iterdir():
                end_background(home)
