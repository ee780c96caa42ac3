"""Tries two kmtop servers behind HAProxy, with the Python MCP client (PyPI `mcp` 2.3.0), which this project did not write.

    python check_haproxy.py path/to/kmtop

The example in assets/haproxy.cfg, with other ports: over TLS, in both generations of the protocol. Sessions of the old protocol stay with
the server that began them; calls of the new one go to both. One server is killed: calls of the new protocol go on without a failed one,
a client of the old protocol begins a new session, and when the server is back it is used again. Exits with 0 when everything held, 1 when
something did not.
"""

import asyncio
import contextlib
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from served import CALL_SECONDS, ROOT, expect, make_home, read_server_file, run, serving

EXAMPLE = ROOT / "assets" / "haproxy.cfg"
NOTICED_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder):
    """A certificate that nobody signed, with its key, as HAProxy reads it."""
    key, signed, both = folder / "key.pem", folder / "certificate.pem", folder / "kmtop.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(signed)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(signed.read_text(encoding="utf-8") + key.read_text(encoding="utf-8"), encoding="utf-8")
    both.chmod(0o600)
    return signed, both


@contextlib.contextmanager
def proxy(folder, addresses):
    """HAProxy with the example, which is changed in nothing but its addresses; where it listens, and its certificate."""
    signed, both = certificate(folder)
    address = f"127.0.0.1:{free_port()}"
    text = EXAMPLE.read_text(encoding="utf-8")
    changes = {"127.0.0.1:8443": address, "/etc/haproxy/kmtop.pem": str(both)}
    changes |= dict(zip(("127.0.0.1:4499", "127.0.0.1:4500"), addresses, strict=True))
    for before, after in changes.items():
        expect(text.count(before) == 1, f"{EXAMPLE} names {before} {text.count(before)} times")
        text = text.replace(before, after)
    path = folder / "haproxy.cfg"
    path.write_text(text, encoding="utf-8")
    checked = subprocess.run(["haproxy", "-c", "-f", str(path)], capture_output=True, text=True, check=False)
    expect(checked.returncode == 0 and "WARNING" not in checked.stdout + checked.stderr, f"haproxy -c: {checked}")
    with open(folder / "haproxy.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(["haproxy", "-W", "-f", str(path)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield f"https://{address}", signed
        finally:
            process.terminate()
            process.wait(15)


class Way:
    """How clients reach the servers."""

    def __init__(self, address, signed, token):
        self.address, self.token = address, token
        self.tls = ssl.create_default_context(cafile=str(signed))

    def http(self):
        return httpx2.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=CALL_SECONDS, verify=self.tls)

    @contextlib.asynccontextmanager
    async def client(self, mode):
        async with self.http() as http:
            transport = streamable_http_client(f"{self.address}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                yield client

    async def status(self, path):
        async with self.http() as http:
            try:
                return (await http.get(f"{self.address}{path}")).status_code
            except httpx2.HTTPError:
                return None


async def call(client, tool, arguments=None):
    result = await client.call_tool(tool, arguments or {}, read_timeout_seconds=CALL_SECONDS)
    expect(not result.is_error, f"{tool} failed: {result}")
    return result.structured_content


async def whose(client):
    """Which server answers: each has a variable of its own."""
    return (await call(client, "km_get_variable", {"name": "Whose"}))["value"]


async def answering(way, count):
    """The servers that answer calls of the protocol without sessions."""
    async with way.client("auto") as client:
        return [await whose(client) for _ in range(count)]


async def until(what, look):
    end = time.monotonic() + NOTICED_SECONDS
    while not await look():
        expect(time.monotonic() < end, f"{what}: not within {NOTICED_SECONDS} s")
        await asyncio.sleep(0.1)


def name_it(kmtop, home, name):
    command = [str(kmtop), "call", "km_set_variable", f'{{"name": "Whose", "value": "{name}"}}']
    subprocess.run(command, env={**os.environ, "KMTOP_HOME": str(home)}, check=True, capture_output=True)


async def both_generations(way):
    async with way.client("auto") as client:
        expect(client.protocol_version == "2026-07-28", f"the new protocol is {client.protocol_version}")
        expect((await call(client, "km_run_macro", {"macro": "Greet", "parameter": "Ada"}))["result"] == "Hello, Ada!", "Greet")
        found = [await whose(client) for _ in range(20)]
        expect(set(found) == {"one", "two"}, f"20 calls without a session were answered by {set(found)}")
    print("ok: without sessions, both servers answer")
    homes = set()
    for _ in range(8):
        async with way.client("legacy") as client:
            expect(client.protocol_version < "2026-07-28", f"the old protocol is {client.protocol_version}")
            found = {await whose(client) for _ in range(10)}
            expect(len(found) == 1, f"one session was answered by {found}")
            homes |= found
    expect(homes == {"one", "two"}, f"eight sessions were all begun at {homes}")
    print("ok: with sessions, each stays with its server")


async def check_all(kmtop, folder):
    folder = pathlib.Path(folder)
    homes = [make_home(folder / name, ["read", "run", "write"]) for name in ("one", "two")]
    with contextlib.ExitStack() as stack:
        process, address = stack.enter_context(serving(kmtop, homes[0]))
        token = read_server_file(homes[0], process, address)
        # One token for both: whoever is let in by one must be let in by the other.
        (homes[1] / "state").mkdir(mode=0o700)
        shutil.copy(homes[0] / "state" / "token", homes[1] / "state" / "token")
        second, second_address = stack.enter_context(serving(kmtop, homes[1]))
        addresses = [address.removeprefix("http://"), second_address.removeprefix("http://")]
        name_it(kmtop, homes[0], "one")
        name_it(kmtop, homes[1], "two")
        url, signed = stack.enter_context(proxy(folder, addresses))
        way = Way(url, signed, token)

        async def ready():
            return await way.status("/readyz") == 200 and set(await answering(way, 4)) == {"one", "two"}

        await until("the proxy finds both", ready)
        expect(await way.status("/metrics") == 404, "the metrics of whichever server answers are shown")
        await both_generations(way)

        async with way.client("auto") as going_on, way.client("legacy") as bound:
            victim = await whose(bound)
            survivor = {"one": "two", "two": "one"}[victim]
            (process if victim == "one" else second).kill()
            # Whoever is killed cannot take back what it told scripts.
            place = ("one", "two").index(victim)
            (homes[place] / "state" / "server.json").unlink()
            found = [await whose(going_on) for _ in range(50)]
            expect(set(found) == {survivor}, f"after {victim} was killed, {set(found)} answered")
            print("ok: one server killed, calls go on")
            lost = None
            try:
                await whose(bound)
            except Exception as error:  # noqa: BLE001 - whatever the client calls it
                lost = error
            expect(lost is not None, "a session outlived its server")
        async with way.client("legacy") as again:
            expect(await whose(again) == survivor, "a new session finds the server that is left")
        print("ok: a client with a session begins a new one")
        stack.enter_context(serving(kmtop, homes[place], addresses[place]))
        await until("the server that is back answers again", ready)
        print("ok: back, and used again")


if __name__ == "__main__":
    run(check_all)
