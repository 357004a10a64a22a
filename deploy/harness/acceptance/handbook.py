"""The handbook's transactions through the whole program."""

import csv
import gzip
import json
import os
import re
import struct
import time

from ..session import Session, Site

MIB = 1 << 20
GROUP = "--partitions", 4, "--label-delay", "7d", "--labels", "frauds"


def data(name):
    folder = os.environ.get("MILLRACE_DATA")
    if not folder:
        raise SystemExit("expected MILLRACE_DATA to name the folder of the handbook's files")
    return f"{folder}/{name}"


def produce(session, *options):
    began = time.monotonic()
    session.command("produce", *GROUP, *options, data("handbook-transactions.csv.zst"), timeout=1800)
    return time.monotonic() - began


def matrix(path):
    """A two-dimensional NPY file of float64, as rows."""
    with open(path, "rb") as file:
        assert file.read(6) == b"\x93NUMPY"
        major, _ = file.read(2)
        length = struct.unpack("<H" if major == 1 else "<I", file.read(2 if major == 1 else 4))[0]
        header = file.read(length).decode()
        assert "<f8" in header and "'fortran_order': False" in header, header
        rows, columns = map(int, re.search(r"\((\d+), (\d+)\)", header).groups())
        values = struct.unpack(f"<{rows * columns}d", file.read())
    return [values[r * columns:(r + 1) * columns] for r in range(rows)]


def texts(path):
    """A one-dimensional NPY file of bytes, as texts."""
    with open(path, "rb") as file:
        assert file.read(6) == b"\x93NUMPY"
        major, _ = file.read(2)
        length = struct.unpack("<H" if major == 1 else "<I", file.read(2 if major == 1 else 4))[0]
        width = int(re.search(r"'\|S(\d+)'", file.read(length).decode())[1])
        content = file.read()
    return [content[i:i + width].rstrip(b"\0").decode() for i in range(0, len(content), width)]


def folder_of(session, day):
    """The folder and message of a day's dataset, or None."""
    for dataset in session.datasets():
        if day in dataset["folder"].replace("-", "") or str(dataset["window"]).find(day) >= 0:
            return session.state / dataset["folder"], dataset
    return None


def published():
    names = ["amount", "TX_DURING_WEEKEND", "TX_DURING_NIGHT"]
    for prefix in ("CUSTOMER_ID_NB_TX", "CUSTOMER_ID_AVG_AMOUNT", "TERMINAL_ID_NB_TX", "TERMINAL_ID_RISK"):
        names += [f"{prefix}_{days}DAY_WINDOW" for days in (1, 7, 30)]
    with gzip.open(data("handbook-golden-features-2018-08-08.csv.gz"), "rt") as file:
        rows = list(csv.DictReader(file))
    key = next(iter(rows[0]))
    return {row[key]: [float(row[name]) for name in names] for row in rows}, rows, key


def compare_golden(figures, session):
    found = folder_of(session, "20180808")
    if not figures.check("there is a dataset of 2018-08-08", found is not None):
        return
    folder, dataset = found
    expected, _, _ = published()
    manifest = json.loads((folder / "manifest.json").read_text())
    ids = texts(folder / next(c["file"] for c in manifest["columns"] if c["name"] == "tx_id"))
    values = matrix(folder / "features.npy")
    figures.check("its rows", len(ids) == len(expected) == dataset["rows"], len(ids), len(expected))
    # Transactions of one card or terminal in one second come in either order.
    seen, apart = {}, set()
    times = (folder / "times.npy").read_bytes()[-8 * len(ids):]
    when = struct.unpack(f"<{len(ids)}q", times)
    for name in ("customer", "terminal"):
        keys = texts(folder / next(c["file"] for c in manifest["columns"] if c["name"] == name))
        for identity, key, at in zip(ids, keys, when):
            other = seen.setdefault((name, key, at), identity)
            if other != identity:
                apart |= {other, identity}
    worst, missing, place = 0.0, 0, ""
    for identity, row in zip(ids, values):
        if identity not in expected:
            missing += 1
        elif identity not in apart:
            for name, ours, theirs in zip(manifest["features"], row, expected[identity]):
                if not abs(ours - theirs) <= worst:
                    worst, place = abs(ours - theirs), f"{name} of {identity}"
    figures.check("all its transactions are the published ones", missing == 0, f"{missing} others")
    figures.check(
        f"largest difference of 15 features, {len(apart)} of same-second pairs apart", worst <= 1e-6,
        f"{worst:.2g} {place}", "at most 1e-6")


def with_datasets(figures, until, then):
    first = os.environ.get("ACCEPTANCE_FROM", "2018-04-01")
    with Site() as site:
        session = Session(site, "handbook", "handbook.yaml", lambda text: text.replace("idle: 60s", "idle: 5s"))
        sent = produce(session, "--from", first, "--until", until, "--stop-with-events")
        figures.note(f"{first} to {until}: {sum(site.client.ends('transactions')):,} events in {sent:.0f} s")
        began = time.monotonic()
        with session.start() as worker:
            session.wait_until_quiet(worker, within=900)
            figures.note(f"through the worker in {time.monotonic() - began:.0f} s, peak "
                         f"{worker.sample().peak_bytes / MIB:.0f} MiB, {worker.cpu_seconds:.0f} s of CPU")
            then(session, worker)


def golden(figures):
    with_datasets(figures, "2018-08-10", lambda session, _: compare_golden(figures, session))


def backtest(figures):
    """FRAUD.md's protocol, with the published model's parameters and with ours."""
    def judge(session, worker):
        compare_golden(figures, session)
        worker.stop()
        published_parameters = ("rounds=100", "eta=0.3", "max_depth=6", "tree_method=exact", "base_score=0.5")
        for name, parameters in (("exact, as published", published_parameters), ("defaults", ())):
            sets = [word for parameter in parameters for word in ("--set", parameter)]
            done = session.command(
                "backtest", "--train", "2018-07-25..2018-07-31", "--delay", "7d", "--test", "2018-08-08..2018-08-14",
                "--minimum-positives", 0, *sets, "--json", check=False, timeout=900)
            if not figures.check(f"backtest with {name} runs", done.returncode == 0, done.stderr[-500:]):
                continue
            result = json.loads(done.stdout)
            metrics = find_metrics(result)
            figures.note(f"{name}: {metrics}")
            if parameters:
                for metric, value, off in (("auc", .862, .001), ("average_precision", .639, .002),
                                           ("card_precision", .273, .002)):
                    found = next((v for k, v in metrics.items() if k.startswith(metric)), float("nan"))
                    figures.check(f"{name}: {metric}", abs(found - value) <= off, f"{found:.4f}", f"{value} ± {off}")
            else:
                figures.at_least(f"{name}: average precision", metrics.get("average_precision", 0), .68, 4)

    with_datasets(figures, "2018-08-23", judge)


def find_metrics(result):
    """The first object anywhere that has an average precision."""
    if isinstance(result, dict):
        if isinstance(result.get("average_precision"), (int, float)):
            return {k: v for k, v in result.items() if isinstance(v, (int, float))}
        result = list(result.values())
    if isinstance(result, list):
        for member in result:
            if found := find_metrics(member):
                return found
    return {}


# --- half a year ---------------------------------------------------------------------------------------------------------

def judge_full(figures, session, worker, seconds, name):
    events = sum(session.site.client.ends("transactions"))
    runs = session.runs()
    kinds = {}
    for _, kind, _ in runs:
        kinds[kind] = kinds.get(kind, 0) + 1
    figures.note(f"{name}: {events:,} events in {seconds:.0f} s ({events / seconds / 1000:.0f} k/s), peak "
                 f"{worker.sample().peak_bytes / MIB:.0f} MiB, {worker.cpu_seconds:.0f} s of CPU")
    figures.note(f"{name}: {len(session.datasets())} datasets, {len(runs)} runs: {kinds}")
    versions = [v for _, _, v in runs if v is not None]
    figures.check(f"{name}: one version per run", len(set(versions)) == len(versions) == len({r for r, _, v in runs if v}))
    figures.check(f"{name}: weekly runs from 2018-05-15 to the end", 19 <= len(runs) <= 22, len(runs), "19 to 22")
    promoted = kinds.get("model.published", 0)
    figures.check(f"{name}: without drift nearly every challenger is refused", 1 <= promoted <= 3, promoted, "1 to 3")
    rows = sum(d["rows"] for d in session.datasets())
    sealed = sum(s["rows"] for _, _, d in session.messages("slices", "slice.sealed") if d["topic"] == "transactions"
                 for s in d["slices"])
    # Nothing comes after the last day: its window stays open.
    figures.check(f"{name}: every event is in a dataset, but for the last day", rows == sealed and 0 < events - rows < 11_000,
                  f"{rows:,} rows, {sealed:,} sealed, of {events:,}")


def judge_audit(figures, session, name):
    audit = session.audit()
    figures.check(f"{name}: audit is clean", audit.returncode == 0, (audit.stdout + audit.stderr)[-1200:].strip())


def short_idle(text):
    # The end of the file is the end of the stream: a minute of silence would only be waited for.
    return text.replace("idle: 60s", "idle: 10s")


def full(figures):
    with Site() as site:
        session = Session(site, "handbook", "handbook.yaml", short_idle)
        figures.note(f"produced in {produce(session):.0f} s")
        began = time.monotonic()
        with session.start() as worker:
            session.wait_until_quiet(worker, 14, within=1800)
            judge_full(figures, session, worker, time.monotonic() - began - 14, "full topics")
        judge_audit(figures, session, "full topics")


def reproduce(figures):
    """Three models of half a year, made again from the records that their lineage names; and from datasets, one of which
    is damaged."""
    with Site() as site:
        session = Session(site, "handbook", "handbook.yaml", short_idle)
        figures.note(f"produced in {produce(session):.0f} s")
        with session.start() as worker:
            session.wait_until_quiet(worker, 14, within=1800)
        judge_audit(figures, session, "reproduce")
        versions = sorted(v for _, _, v in session.runs() if v is not None)
        if not figures.check("there are versions enough", len(versions) >= 3, len(versions), "at least 3"):
            return
        for version in (versions[0], versions[len(versions) // 2], versions[-1]):
            began = time.monotonic()
            done = session.command("reproduce", version, "--json", check=False, timeout=900)
            result = json.loads(done.stdout) if done.stdout else {}
            rebuilt, model = result.get("rebuilt") or {}, result.get("model") or {}
            figures.check(
                f"version {version} comes out again from its records: slices, datasets, labels and model, byte for byte",
                done.returncode == 0 and result.get("isSame") and not result.get("differences")
                and model.get("expected") == model.get("found"),
                f"{rebuilt.get('rows', 0):,} rows in {rebuilt.get('slices')} slices, {rebuilt.get('datasets')} datasets "
                f"and {rebuilt.get('earlierWindows')} windows before them, {model.get('rows', 0):,} rows of training, "
                f"sha256 {str(model.get('found'))[:16]}, {time.monotonic() - began:.0f} s {done.stderr[-300:]}")
        # A byte of what it was made of, and it is said which file it was.
        damaged = next(d for d in session.datasets()
                       if str(d["window"]).find("2018-05-1") >= 0 or "20180510" in d["folder"].replace("-", ""))
        path = session.state / damaged["folder"] / "features.npy"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        told = [session.command("reproduce", version, "--from-datasets", check=False, timeout=900)
                for version in versions]
        figures.check(
            "a changed byte of a dataset is named by each version that was made of it",
            any(d.returncode == 1 and damaged["folder"] in d.stderr for d in told)
            and all(d.returncode == 0 or damaged["folder"] in d.stderr for d in told),
            f"{sum(d.returncode == 1 for d in told)} of {len(told)} versions")
        audit = session.audit()
        figures.check("and by the audit", audit.returncode == 1 and damaged["folder"] in audit.stdout + audit.stderr)


def story(session):
    """All that a replay must say again: verdicts with their numbers, runs, and every model's bytes."""
    volatile = {"milliseconds", "duration", "seconds", "started", "ended", "time", "watermarkOffset", "inputs", "offset"}

    def still(value):
        if isinstance(value, dict):
            return {k: still(v) for k, v in value.items() if k not in volatile}
        return [still(v) for v in value] if isinstance(value, list) else value

    out = []
    for kind, attributes, content in session.messages("models", "run.started", "run.refused", "model.trained") \
            + session.messages("releases"):
        out.append((kind, content.get("run") or session.verdict(content).get("run"), still(content)))
    return out


def models(session):
    return {path: digest for path, digest in session.files("runs").items() if path.endswith((".ubj", "model.json"))}


def replay(figures):
    with Site() as site:
        session = Session(site, "handbook", "handbook.yaml", short_idle)
        for topic in ("transactions", "labels"):
            site.client.create_topic(topic, 4)
        began = time.monotonic()
        with session.start() as worker:
            figures.note(f"produced beside the worker in {produce(session, '--max-lead', 20000):.0f} s")
            session.wait_until_quiet(worker, 14, within=1800)
            judge_full(figures, session, worker, time.monotonic() - began - 14, "live")
        judge_audit(figures, session, "live")
        live, live_models, live_runs = story(session), models(session), session.runs()
        live_datasets = session.files("datasets")

        session.forget()
        began = time.monotonic()
        with session.start() as worker:
            session.wait_until_quiet(worker, 14, within=1800)
            judge_full(figures, session, worker, time.monotonic() - began - 14, "replay")
        judge_audit(figures, session, "replay")
        figures.check("same runs, verdicts and versions", session.runs() == live_runs, first_difference(
            live_runs, session.runs()))
        figures.check(f"same bytes of {len(live_models)} models", live_models and models(session) == live_models)
        again = session.files("datasets")
        common = set(again) & set(live_datasets)
        figures.check(f"same bytes of {len(common)} files of datasets",
                      len(common) > 100 and all(again[p] == live_datasets[p] for p in common))
        figures.check("same release payloads", story(session) == live, first_difference(live, story(session)))


def first_difference(ours, theirs):
    for a, b in zip(ours, theirs):
        if a != b:
            return f"{json.dumps(a)[:700]} … {json.dumps(b)[:700]}" if not isinstance(a, tuple) or len(a) < 3 \
                or not isinstance(a[2], dict) else f"{a[:2]}: {differing(a[2], b[2])}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} against {len(theirs)}"


def differing(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        return "; ".join(filter(None, (differing(a.get(k), b.get(k), f"{path}.{k}") for k in sorted({*a, *b}))))[:900]
    return "" if a == b else f"{path}: {json.dumps(a)[:120]} / {json.dumps(b)[:120]}"
