"""Processes join and leave under load: how long nothing moved, how often partitions moved, and that nothing was lost."""

import os
import re
import signal
import time

from ..outcome import differences, outcome
from ..program import Running
from ..session import Session, Site

SECONDS = int(os.environ.get("REBALANCE_SECONDS", 75))
RATE, CUSTOMERS = 1500, 800


def edit(static):
    def change(text):
        kafka = re.search(r"^kafka:.*$", text, flags=re.M)[0]
        return (text.replace(kafka, kafka.replace(" }", f', static_membership: {"true" if static else "false"} }}'))
                .replace("minimum: { positives: 50 }", "minimum: { positives: 10 }").replace("idle: 2s", "idle: 1h"))
    return change


class Group:
    """Ingest processes of a pipeline, each with a log of its own."""

    def __init__(self, session):
        self.session, self.running = session, {}

    def join(self, name):
        self.running[name] = Running(
            self.session.site.millrace, "run", "-f", self.session.file, "--roles", "ingest", "--instance", name,
            "--no-http", log=self.session.file.parent / f"{name}.log")

    def leave(self, name, number=signal.SIGTERM):
        return self.running.pop(name).stop(number)

    def moves(self):
        """Assignments of all processes so far."""
        return sum(path.read_text(errors="replace").count("took partitions over")
                   for path in self.session.file.parent.glob("ingest-*.log"))

    def end(self):
        for name in list(self.running):
            self.leave(name)


class Watch:
    """Committed offsets of the sources: the longest time in which a partition with unread records did not move."""

    def __init__(self, session):
        self.session, self.at = session, {}
        self.longest = 0.0

    def look(self):
        client, now = self.session.site.client, time.monotonic()
        ends = client.ends("transactions")
        found = client.committed(f"millrace.{self.session.name}.ingest", "transactions", len(ends))
        for partition, (offset, end) in enumerate(zip(found, ends)):
            last, since = self.at.get(partition, (None, now))
            if offset != last or (offset or 0) >= end:
                self.at[partition] = (offset, now)
            else:
                self.longest = max(self.longest, now - since)

    def take(self):
        longest, self.longest = self.longest, 0.0
        self.at = {partition: (offset, time.monotonic()) for partition, (offset, _) in self.at.items()}
        return longest


def rebalance(figures):
    moved = {}
    for static in (False, True):
        with Site() as site:
            moved[static] = one(figures, site, static)
    figures.check("a restart moves no partition of another process where members are static",
                  moved[True]["restart"] == 1 and moved[True]["killed and back at once"] == 1,
                  {what: moved[True][what] for what in ("restart", "killed and back at once")}, "1 assignment, its own")
    figures.note(f"assignments, dynamic: {moved[False]}; static: {moved[True]}")


def one(figures, site, static):
    name = "static" if static else "dynamic"
    session = Session(site, name, "demo.yaml", edit(static))
    for topic in ("transactions", "labels"):
        site.client.create_topic(topic, 4)
    group, watch, moved = Group(session), Watch(session), {}
    feed = Running(site.millrace, "-q", "simulate", "-f", session.file, "--rate", RATE, "--endless", "--events",
                   RATE * SECONDS, "--customers", CUSTOMERS, "--terminals", CUSTOMERS, "--fraud-rate", 5,
                   "--stop-with-events", log=session.file.parent / "feed.log")
    others = Running(site.millrace, "run", "-f", session.file, "--roles", "transform,train,publish", "--no-http",
                     "--instance", "rest", log=session.log)

    def during(what, act, seconds=9.0):
        before = group.moves()
        watch.take()
        act()
        settle(group, watch, seconds)
        moved[what] = group.moves() - before
        figures.note(f"{name}, {what}: {moved[what]} assignments, at most {watch.take():.1f} s without progress")

    def restart():
        group.leave("ingest-a")
        group.join("ingest-a")

    def killed():
        group.leave("ingest-b", signal.SIGKILL)
        group.join("ingest-b")

    with feed, others:
        try:
            group.join("ingest-a")
            group.join("ingest-b")
            settle(group, watch, 8)
            during("two more join", lambda: (group.join("ingest-c"), group.join("ingest-d")))
            during("restart", restart)
            during("killed and back at once", killed, 16)
            during("two leave", lambda: (group.leave("ingest-c"), group.leave("ingest-d")), 16)
            while not feed.has_ended:
                settle(group, watch, 1)
            figures.check(f"{name}: the feed ended well", feed.process.returncode == 0, feed.tail(300))
            session.wait(session.consumed, "ingest to catch up", None, within=120)
            session.wait_until_quiet(None, 5, all_made=True)
        finally:
            group.end()
    quiet = Session(site, "quiet", "demo.yaml", edit(static))
    with quiet.start("--no-http") as worker:
        quiet.wait_until_quiet(worker, 5, all_made=True)
    found, expected = outcome(session), outcome(quiet)
    details = differences(found, expected)
    figures.check(f"{name}: runs, datasets and models of an undisturbed process, byte for byte", not details
                  and len(expected["datasets"]) > 20, "; ".join(details) or {k: len(v) for k, v in expected.items()})
    audit = session.audit()
    figures.check(f"{name}: audit is clean", audit.returncode == 0,
                  "" if audit.returncode == 0 else (audit.stdout + audit.stderr)[-600:].strip())
    return moved


def settle(group, watch, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        watch.look()
        for process in group.running.values():
            process.sample()
        time.sleep(0.25)
