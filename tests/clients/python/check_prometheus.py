"""Tries the metrics with Prometheus itself: its checker, and the server that scrapes, both from Debian.

    python check_prometheus.py path/to/kmtop

The alert rules are sound and say what they should of made-up series; the page of a server that has answered calls passes the linter in
full; a Prometheus that scrapes it finds it up, with the address of its own without a token and with the endpoint and the token; every
query of the dashboard and every rule is one that this Prometheus answers. Exits with 0 when everything held, 1 when something did not.
"""

import asyncio
import contextlib
import json
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from served import ROOT, expect, make_home, read_server_file, run, serving

ASSETS = ROOT / "assets"
SCRAPED_SECONDS = 30


def promtool(*arguments, given=None):
    """Runs the checker, which must find nothing."""
    ran = subprocess.run(["promtool", *map(str, arguments)], input=given, capture_output=True, text=True, check=False)
    expect(ran.returncode == 0 and not ran.stderr.strip(), f"promtool {arguments}: {ran.stdout}{ran.stderr}")


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode(), answer.headers


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def scraping(folder, jobs):
    """A Prometheus that scrapes these jobs each second, with the alert rules; its address."""
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ASSETS / "alerts.yml")],
        "scrape_configs": jobs,
    }
    path = folder / "prometheus.yml"
    # JSON is YAML.
    path.write_text(json.dumps(config), encoding="utf-8")
    promtool("check", "config", path)
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={address}"]
    with open(folder / "prometheus.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(15)


def ask(prometheus, path, **query):
    body, _ = fetch(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(query)}")
    return json.loads(body)["data"]


def until(what, look):
    """Looks until there is something."""
    end = time.monotonic() + SCRAPED_SECONDS
    last = None
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except (urllib.error.URLError, ConnectionError) as error:
            last = error
        time.sleep(0.1)
    expect(False, f"{what}: not within {SCRAPED_SECONDS} s ({last})")


def dashboard_queries():
    """Every query of the dashboard, with Grafana's variables filled in."""
    dashboard = json.loads((ASSETS / "grafana.json").read_text(encoding="utf-8"))
    targets = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
    fill = {"$instance": ".*", "$tool": ".*", "$__rate_interval": "1m"}
    for target in targets:
        query = target["expr"]
        for name, value in fill.items():
            query = query.replace(name, value)
        yield query


def check_queries(folder, queries):
    """Every query as the rule of a file that the checker reads: it knows more than whether an answer comes."""
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = folder / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    promtool("check", "rules", path)
    broken = [{"record": "query:broken", "expr": "sum by ("}]
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": broken}]}), encoding="utf-8")
    ran = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, check=False)
    expect(ran.returncode != 0, "promtool takes a query that is none")


async def check_all(kmtop, folder):
    promtool("check", "rules", ASSETS / "alerts.yml")
    promtool("test", "rules", ROOT / "tests" / "data" / "prometheus" / "alerts_test.yml")
    print("ok: alert rules")
    home = make_home(folder / "home", ["read", "run"])
    config = home / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + '\n[metrics]\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
    with serving(kmtop, home) as (process, address):
        token = read_server_file(home, process, address)
        metrics = json.loads((home / "state" / "server.json").read_text(encoding="utf-8"))["metrics"]
        for macro in ("Greet", "No Such Macro"):
            call = [str(kmtop), "call", "km_run_macro", json.dumps({"macro": macro})]
            subprocess.run(call, env={"KMTOP_HOME": str(home)}, capture_output=True, check=False)
        until("a call is counted", lambda: 'ending="failed"' in fetch(metrics)[0])
        promtool("check", "metrics", given=fetch(metrics)[0])
        print("ok: the page")
        beside, endpoint = metrics.removeprefix("http://").removesuffix("/metrics"), address.removeprefix("http://")
        token_file = folder / "token"
        token_file.write_text(token, encoding="utf-8")
        jobs = [
            {"job_name": "kmtop", "static_configs": [{"targets": [beside]}]},
            {
                "job_name": "endpoint",
                "authorization": {"credentials_file": str(token_file)},
                "static_configs": [{"targets": [endpoint]}],
            },
        ]
        with scraping(folder, jobs) as prometheus:
            both = lambda: len(ask(prometheus, "query", query="up == 1")["result"]) == 2  # noqa: E731
            until("both are up", both)
            until("calls are there", lambda: ask(prometheus, "query", query="kmtop_tool_calls_total")["result"])
            print("ok: scraped, with the token and without")
            queries = list(dashboard_queries())
            expect(len(queries) > 20, f"the dashboard has {len(queries)} queries")
            check_queries(folder, queries)
            for query in queries:
                ask(prometheus, "query", query=query)
            health = ask(prometheus, "query", query="kmtop_health_status")["result"]
            expect(len(health) == 14, f"{len(health)} parts of two scrapes tell of themselves: {health}")
            rules = ask(prometheus, "rules")["groups"][0]["rules"]
            expect(all(rule["health"] in ("ok", "unknown") for rule in rules), f"a rule fails: {rules}")
            firing = [rule["name"] for rule in rules if rule.get("state") == "firing"]
            expect(not firing, f"a server that is well fires {firing}")
            print(f"ok: {len(queries)} queries of the dashboard, {len(rules)} rules")


if __name__ == "__main__":
    run(lambda kmtop, folder: check_all(kmtop, pathlib.Path(folder)))
