"""The Grafana board and the alert rules, on a real Prometheus that scrapes a live worker: every query has an answer."""

import json
import math
import re
import shutil
import socket
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from ..program import ROOT, Running, build, run

BOARD = ROOT / "deploy/grafana/millrace.json"
# What the board's variables and Grafana's own stand for here.
VARIABLES = {"$__rate_interval": "15s", "$__range": "10m", "$pipeline": "fraud", "$metric": ".+"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(address, **parameters):
    query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
    try:
        with urllib.request.urlopen(address + query, timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as trouble:
        raise SystemExit(f"{address}{query}: {trouble.code} {trouble.read().decode()[:500]}") from None


def wait(what, condition, process, within):
    end = time.monotonic() + within
    while not condition():
        if process.has_ended:
            raise SystemExit(f"a program ended while waiting for {what}:\n{process.tail(3000)}")
        if time.monotonic() > end:
            raise SystemExit(f"waited {within} s for {what}:\n{process.tail(3000)}")
        time.sleep(0.5)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError:
        return False


def pipeline_file(folder):
    """The demo's, looked at more often."""
    text = (ROOT / "deploy/pipelines/demo.yaml").read_text()
    for pattern, value in (
            (r"^folder:.*$", f"folder: {folder}/state"), (r"^registry:.*$", f"registry: {{ path: {folder}/registry }}"),
            (r"^kafka:.*$", "kafka: { brokers: embedded }"), (r"^observe:.*\n", "")):
        text = re.sub(pattern, value, text, flags=re.M)
    path = folder / "pipeline.yaml"
    path.write_text(text.replace("positives: 50", "positives: 10") + "\nobserve: { interval: 1s }\n")
    return path


def prometheus_files(folder, target):
    """The example, with the rules beside it; it looks every second."""
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    text = re.sub(r'targets: \[.*\]', f'targets: ["{target}"]', text).replace("_interval: 15s", "_interval: 1s")
    (folder / "prometheus.yml").write_text(text)
    shutil.copy(ROOT / "deploy/prometheus/millrace.rules.yml", folder)
    return folder / "prometheus.yml"


def queries():
    """(panel, expression) of the board, its variables filled in."""
    for panel in json.loads(BOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


def has_values(result):
    """Whether a series has a figure, not only the name of one."""
    return any(math.isfinite(float(value)) for series in result for _, value in series["values"])


def board(figures):
    program = shutil.which("prometheus")
    if program is None:
        figures.note("skipped: no prometheus on the PATH (Debian's package prometheus)")
        return
    (millrace,) = build("millrace")
    folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
    try:
        watch(figures, program, millrace, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def watch(figures, program, millrace, folder):
    file = pipeline_file(folder)
    pages, port = f"127.0.0.1:{free_port()}", free_port()
    prometheus = f"http://127.0.0.1:{port}"
    arguments = (
        f"--config.file={prometheus_files(folder, pages)}", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")

    def command(*words, **options):
        return run(millrace, words[0], "-f", file, *words[1:], **options)

    def decided():
        runs = json.loads(command("runs", "--last", "1000", "--json", check=False).stdout or "[]")
        return sum(r["state"] in ("published", "rejected", "inconclusive") for r in runs)

    with Running(millrace, "run", "-f", file, "--http", pages, log=folder / "log") as worker, \
            Running(program, *arguments, log=folder / "prometheus.log") as server:
        wait("the worker's broker", (folder / "state/broker").exists, worker, 60)
        wait("the worker to be ready", lambda: answers(f"http://{pages}/readyz"), worker, 60)
        wait("Prometheus", lambda: answers(f"{prometheus}/-/ready"), server, 60)
        began = time.time()
        command(
            "simulate", "--days", 77, "--customers", 1000, "--terminals", 700, "--seed", 7, "--fraud-rate", 3,
            "--stop-with-events")
        wait("three verdicts", lambda: decided() >= 3, worker, 300)
        command("retrain", "--reason", "to be seen", "--follow", "--timeout", "120s", check=False)
        get(f"http://{pages}/api/v1/lag")
        time.sleep(10)

        end = time.time()
        everything = list(queries())
        empty = []
        for panel, expression in everything:
            answer = json.loads(get(
                f"{prometheus}/api/v1/query_range", query=expression, start=began, end=end,
                step=max(1, round((end - began) / 300))))
            if answer["status"] != "success" or not has_values(answer["data"]["result"]):
                empty.append(f"{panel}: {expression}")
        figures.check(f"board: {len(everything)} queries, each with figures", not empty, "\n  ".join(empty))

        for name in ("pipeline", "metric"):
            known = json.loads(get(f"{prometheus}/api/v1/label/{name}/values", start=began, end=end))["data"]
            figures.check(f"board: there is something to pick as {name}", bool(known), known)

        groups = json.loads(get(f"{prometheus}/api/v1/rules"))["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        figures.check(
            f"alerts: {len(rules)} rules evaluated without an error",
            len(rules) > 0 and all(rule["health"] == "ok" for rule in rules),
            [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] != "ok"] or "")
        firing = [rule["name"] for rule in rules if rule["state"] == "firing"]
        figures.check("alerts: none fires while all is well", not firing, firing or "")
        figures.note(f"scraped every second for {end - began:.0f} s; {decided()} verdicts")
