"""One chaos run from beginning to end: cluster, feed, crew, disasters, the quiet run beside it, the verdict."""

import shutil
import tempfile
import threading
import time
from pathlib import Path

from ..client import Client
from ..figures import Figures, progress, section
from ..outcome import outcome
from ..program import Running, build
from ..session import Session
from .checks import MIB, MOST_MEMORY, Checks, committed_and_ends, judge, transactional_ids
from .cluster import Cluster
from .crew import Crew, mount, unmount
from .driver import Driver
from .plan import ANSWER, POLL_INTERVAL, ROLES, SESSION, SLOTS, kills

PARTITIONS = 4


class Site:
    """A cluster, a folder, and the program; ended with its `with`."""

    def __init__(self, millrace, keep=False):
        self.millrace, self.keep = millrace, keep

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.broker = Cluster().start()
        self.client = Client(self.broker.address)
        return self

    def __exit__(self, *_):
        self.client.close()
        self.broker.stop()
        if self.keep:
            progress(f"left behind: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def edits(size, client):
    """What makes a pipeline of the demo's fit the size. `client`: further settings of its Kafka clients."""
    def edit(text):
        for old, new in (
                # Nothing may depend on the clock on the wall: while brokers are down a partition is not idle.
                ("windows: { size: 1d, lateness: 1h, idle: 2s }",
                 f"windows: {{ size: 1d, lateness: 1h, idle: {'5s' if size.garbage else '1h'} }}"),
                # A run whose process dies again and again is given up after so many attempts, as it should be.
                ("minimum: { positives: 50 }\n  trainer:", "minimum: { positives: 10 }\n  attempts: 20\n  trainer:"),
                ("minimum: { positives: 50 }", "minimum: { positives: 10 }"),
                ("triggers: [{ every: 7d }]", f"triggers: [{{ every: {size.every}d }}]"),
                ("alert_budget: 100", "alert_budget: 20")):
            if old not in text:
                raise SystemExit(f"expected '{old}' in the example")
            text = text.replace(old, new, 1)
        text = text.replace('" }\ntime_zone', f'", replication_factor: 3, client: {{ {client} }} }}\ntime_zone')
        return text
    return edit


class Progress(threading.Thread):
    """Watches what ingest has committed: how long nothing moved though there was something to read."""

    def __init__(self, site, session):
        super().__init__(daemon=True)
        self.client = Client(site.broker.address)
        self.group = f"millrace.{session.name}.ingest"
        self.over = threading.Event()
        # (seconds since the beginning, how long), by when they ended.
        self.pauses = []
        self.longest = 0.0

    def run(self):
        began = since = time.monotonic()
        last = None
        while not self.over.wait(0.3):
            try:
                found, ends = committed_and_ends(self.client, self.group)
            except Exception:
                continue
            now = time.monotonic()
            if found != last or all(f >= e for f, e in zip(found, ends)):
                if now - since > 3:
                    self.pauses.append((since - began, now - since))
                self.longest = max(self.longest, now - since)
                last, since = found, now

    def end(self):
        self.over.set()
        self.join(60)
        return self.longest


def run_chaos(steps, size, seed, mutation=None, millrace=None, keep=False):
    """- Returns what was broken: (promise, check)."""
    figures = Figures()
    checks = Checks(figures)
    if millrace is None:
        (millrace,) = build("millrace")
    client = (f'session.timeout.ms: "{SESSION * 1000}", max.poll.interval.ms: "{POLL_INTERVAL * 1000}", '
              f'socket.timeout.ms: "{ANSWER * 1000}"')
    with Site(millrace, keep) as site:
        for topic in ("transactions", "labels"):
            site.client.create_topic(topic, PARTITIONS, replicas=3)
        site.broker.await_in_sync(site.client)
        small = site.folder / "chaos"
        small.mkdir()
        # Room for what is sealed of a long run, several times over; a disaster fills what is left.
        disk = small if mount(small, 1536) else None
        try:
            disturb(figures, checks, site, disk, steps, size, seed, mutation, edits(size, client))
        finally:
            if disk:
                unmount(disk)
    if checks.broken:
        section("broken")
        for promise, name in checks.broken:
            print(f"promise {promise}: {name}")
    figures.end()
    return checks.broken


def disturb(figures, checks, site, disk, steps, size, seed, mutation, edit):
    session = Session(site, "chaos", "demo.yaml", edit)
    logs = site.folder / "logs"
    logs.mkdir()
    environment = {"MILLRACE_MUTATION": mutation} if mutation else {}
    section("disturbed")
    with Crew(session, logs, **environment) as crew:
        driver = Driver(site, crew, disk)
        feed = Running(
            site.millrace, "-q", "simulate", "-f", session.file, "--rate", size.rate, "--events", size.events,
            "--endless", "--customers", size.customers, "--terminals", size.customers, "--fraud-rate", 5, "--seed",
            seed, "--stop-with-events", log=logs / "feed.log")
        driver.feed = feed
        watch = Progress(site, session)
        watch.start()
        began = time.monotonic()
        lanes = driver.run(steps)
        with feed:
            while any(lane.is_alive() for lane in lanes) or not feed.has_ended:
                crew.watch()
                if feed.has_ended and feed.process.returncode:
                    checks.check("0", "the feed goes on", False, feed.tail())
                    break
                if time.monotonic() - began > size.seconds * 3 + 300:
                    checks.check("0", "the disaster is over in time", False)
                    break
                time.sleep(1)
        progress(f"all is over after {time.monotonic() - began:.0f} s; the quiet run begins")
        quiet = quiet_run(site, size, edit, logs)
        expected = outcome(quiet)
        caught_up = catch_up(crew, session, expected, within=180 if mutation in (None, "none") else 60)
        longest = watch.end()
        report(figures, checks, driver, crew, steps, watch, longest)
        events = sum(site.client.ends("transactions"))
        figures.note(f"{events:,} events and {sum(site.client.ends('labels')):,} labels; quiet run: "
                     f"{len(expected['datasets'])} datasets, {len(expected['runs'])} runs, {len(expected['models'])} models")
        section("judged")
        checks.check("6", "all was caught up with", caught_up is not None,
                     f"{caught_up:.0f} s after the end" if caught_up is not None else crew_says(session))
        checks.check("2", "a second process by the name of a living one is refused",
                     all(code not in (None, 0) for _, code in driver.twins), driver.twins)
        checks.check("9", "no alias was ahead of the log when publish died", not driver.early, driver.early[:2] or "")
        ids = transactional_ids(site.broker.address, session.name)
        most = len(SLOTS) * (len(ROLES) - 1)
        checks.check("2", "transactional ids are those of the processes, so that a successor fences", 0 < len(ids) <= most,
                     f"{len(ids)} {ids[:3] if len(ids) > most else ''}", f"at most {most}")
        judge(checks, session, expected, quiet)
        for role, most in MOST_MEMORY.items():
            checks.check("5", f"memory of a process of {role}, MiB", crew.peaks[role] <= most * MIB,
                         f"{crew.peaks[role] / MIB:.0f}", f"at most {most}")


def quiet_run(site, size, edit, logs):
    """The same log, one process, nothing in its way."""
    quiet = Session(site, "quiet", "demo.yaml", edit)
    if size.garbage:
        quiet.file.write_text(quiet.file.read_text() + "\ndead_letters: { stop_share: 1 }\n")
    quiet.log = logs / "quiet.log"
    with quiet.start("--no-http") as worker:
        quiet.wait_until_quiet(worker, 5, within=600, all_made=True)
    audit = quiet.audit()
    if audit.returncode:
        raise SystemExit(f"the quiet run itself is not clean:\n{audit.stdout}{audit.stderr}")
    return quiet


def catch_up(crew, session, expected, within):
    """Until as much is done as in the quiet run; what is wrong with it is judged, not waited for."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        crew.watch()
        try:
            found = outcome(session)
            if session.consumed() and all(len(found[part]) >= len(expected[part]) for part in expected):
                seconds = time.monotonic() - began
                # Whatever would be done twice has its chance to be.
                time.sleep(3)
                return seconds
        except Exception as trouble:
            progress(f"looking again: {trouble}")
        time.sleep(1)
    return None


def crew_says(session):
    done = session.command("status", check=False)
    return (done.stdout + done.stderr)[-1500:]


def report(figures, checks, driver, crew, steps, watch, longest):
    section("done")
    figures.note(f"{crew.deaths} processes killed, {kills(steps)} by the plan; {driver.done}")
    if driver.unreached:
        figures.note(f"points that were not come to in time, so that it was a kill like another: {driver.unreached}")
    if driver.left_out:
        figures.note(f"LEFT OUT: {driver.left_out}: see docs/chaos.md for what they take")
    figures.note(f"{crew.said(r'took (partitions|the role) over')} assignments, "
                 f"{crew.said(r'lost (partitions|the role)')} of them lost, "
                 f"{crew.said(r'stopped by an error; beginning again')} new beginnings after errors")
    worst = sorted(watch.pauses, key=lambda pause: -pause[1])[:5]
    figures.note("ingest without progress, the longest: "
                 + (", ".join(f"{seconds:.0f} s at {at:.0f} s" for at, seconds in worst) or f"{longest:.1f} s"))
    done = sum(driver.done.values()) + sum(driver.left_out.values())
    checks.check("0", "the plan was carried out", not driver.troubles and done == len(steps),
                 driver.troubles[:5] or f"{done} of {len(steps)} steps")
    checks.check("6", "no process ended by itself", not crew.fallen, crew.fallen[:2] or "")
