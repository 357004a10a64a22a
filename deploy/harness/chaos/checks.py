"""What is judged when all is over, each by the promise that it is about (docs/chaos.md has them by number)."""

import os
import re
import subprocess

from ..client import Client
from ..outcome import differences, outcome
from ..session import ARROWS

MIB = 1 << 20
# librdkafka's queue of fetched messages, open windows, and what a process is made of.
MOST_MEMORY = {"ingest": 320, "transform": 320, "train": 512, "publish": 320, "observe": 200}


class Checks:
    """Collects verdicts and prints them as they come, as a table."""

    def __init__(self, figures):
        self.figures, self.broken = figures, []

    def check(self, promise, name, holds, figure="", expected=""):
        self.figures.check(f"[{promise}] {name}", holds, figure, expected)
        if not holds:
            self.broken.append((promise, name))
        return holds


def judge(checks, session, expected, quiet):
    """The pipeline that was disturbed, against the quiet run over the same log."""
    check = checks.check
    found = outcome(session)
    for part, promise in (("runs", "3, 8"), ("datasets", "3"), ("models", "3")):
        details = differences({part: found[part]}, {part: expected[part]})
        check(promise, f"{len(expected[part])} {part} are those of the quiet run"
              + ("" if part == "runs" else ", byte for byte"), not details, "; ".join(details))

    audit = session.audit()
    check("1", "audit is clean", audit.returncode == 0,
          "" if audit.returncode == 0 else (audit.stdout + audit.stderr)[-900:].strip())
    fates = account(session), account(quiet)
    check("1, 6", "late, duplicate, dead and sealed records are those of the quiet run", fates[0] == fates[1],
          fates[0], fates[1])

    seals(check, session)
    datasets(check, session)
    releases(check, session)
    ids(check, session)


def account(session):
    report = session.json("audit")
    return {field: sum(p.get(field) or 0 for p in report["partitions"]) for field in ("rows", "late", "duplicates", "dead")}


def seals(check, session):
    """Each partition's seals are a chain: a zombie's would be a second one of a number, or begin elsewhere."""
    chains, wrong = {}, []
    for kind, _, data in session.messages("slices", "slice.sealed"):
        place = f"{data['topic']}/{data['partition']}"
        number = chains.get(place, -1) + 1
        if data["sequence"] != number:
            wrong.append(f"{place}: seal {data['sequence']} where {number} was due")
        chains[place] = data["sequence"]
    check("1", f"the seals of {len(chains)} partitions are numbered without gap or repetition", not wrong and chains,
          wrong[:3] or sum(n + 1 for n in chains.values()))


def datasets(check, session):
    windows = [(d["window"]["start"], d.get("featureHash", d.get("features"))) for d in session.datasets()]
    keys = [str(window) for window in windows]
    check("2", "one dataset a window and feature set", len(set(keys)) == len(keys), len(keys))
    check("4", "windows were transformed in order", [w for w, _ in windows] == sorted(w for w, _ in windows))
    on_disk = session.files("datasets")
    wrong = [f["path"] for d in session.datasets() for f in d["files"]
             if on_disk.get(f["path"], on_disk.get(f"{d['folder']}/{f['path']}")) != f["sha256"]]
    check("2", "every dataset's files are what its message says", not wrong, wrong[:2] or "")


def releases(check, session):
    verdicts = [session.verdict(d) for _, _, d in session.messages("releases")]
    versions, runs = [v["version"] for v in verdicts], {v["run"] for v in verdicts}
    check("2", "one version a run, and one run a version", len(set(versions)) == len(versions) == len(runs), versions)
    published = [session.verdict(d)["version"] for kind, _, d in session.messages("releases", "model.published")]
    path = session.registry / session.name / "aliases/champion.json"
    found = re.search(r'"version"\s*:\s*(\d+)', path.read_text()) if path.exists() else None
    check("9", "the alias stands where the last release put it", (int(found[1]) if found else None)
          == (published[-1] if published else None), found[1] if found else "none")


def ids(check, session):
    """A message that is there twice was written by one whose time was over."""
    client, twice, count = session.site.client, [], 0
    for arrow in ARROWS:
        if arrow in ("aliases", "dead-letters") or not client.partitions(session.topic(arrow)):
            continue
        seen = {}
        for kind, attributes, data in session.messages(arrow):
            if kind == "run.progress":
                continue
            count += 1
            key = attributes.get("id")
            if key in seen:
                twice.append(f"{arrow}: {kind} {key}")
            seen[key] = kind
    letters = [tuple(r.header(f"millrace.dlq.{n}") for n in ("topic", "partition", "offset"))
               for r in client.read(session.topic("dead-letters"))]
    twice += [f"dead letter of {letter}" for letter in set(letters) if letters.count(letter) > 1]
    check("1, 2", f"none of {count:,} messages and {len(letters)} dead letters is visible twice", not twice, twice[:3] or "")


def transactional_ids(address, pipeline):
    """Of the pipeline's processes, as the brokers know them."""
    done = subprocess.run(
        [f"{os.environ['KAFKA_HOME']}/bin/kafka-transactions.sh", "--bootstrap-server", address, "list"],
        capture_output=True, text=True, timeout=90)
    return sorted({line.split()[0] for line in done.stdout.splitlines() if line.startswith(f"millrace.{pipeline}.")})


def committed_and_ends(client: Client, group, topic="transactions"):
    ends = client.ends(topic)
    return [offset or 0 for offset in client.committed(group, topic, len(ends))], ends
