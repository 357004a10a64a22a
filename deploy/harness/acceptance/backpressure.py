"""A producer ten times faster than the worker, and training beside ingest: memory, fairness, and who waits for whom."""

import json
import os
import signal
import statistics
import threading
import time

from ..program import build, run
from ..session import Session, Site
from .recovery import EVENTS_A_SECOND, Ingest

MIB = 1 << 20
SECONDS = int(os.environ.get("BACKPRESSURE_SECONDS", 300))
# Events a second of the producer; the worker is held to a tenth of it.
RATE = int(os.environ.get("BACKPRESSURE_RATE", 100_000))
BUDGET = 64
# The process, its libraries, and librdkafka's queue of fetched messages come on top of what `memory` says.
MOST_MEMORY = 320


def backpressure(figures):
    tenfold(figures)
    training(figures)


class Throttle(threading.Thread):
    """Lets a process run for a part of each half second only, as a slow machine would: as large a part as takes it to a
    rate."""

    PERIOD = 0.5

    def __init__(self, process, consumed, rate):
        super().__init__(daemon=True)
        self.process, self.consumed, self.rate = process, consumed, rate
        self.over = threading.Event()
        self.share = 0.05

    def run(self):
        # How much was consumed is known from commits, which come every two seconds when the process runs.
        last, looked = self.consumed(), time.monotonic()
        while not self.over.is_set():
            self.process.send_signal(signal.SIGCONT)
            time.sleep(self.PERIOD * self.share)
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(self.PERIOD * (1 - self.share))
            if time.monotonic() - looked > 6:
                now, found = time.monotonic(), self.consumed()
                found_rate = (found - last) / (now - looked)
                change = min(1.5, max(0.6, self.rate / max(1, found_rate)))
                # Less than some milliseconds is not enough for anything.
                self.share = min(0.9, max(0.02, self.share * change))
                last, looked = found, now
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        self.over.set()
        self.join(10)
        self.process.send_signal(signal.SIGCONT)


def tenfold(figures):
    (reference,) = build("raw-kafka")
    with Site() as site:
        ingest = Ingest(site, "tenfold", "1h", "5m", False)
        session = ingest.session
        session.file.write_text(session.file.read_text() + f"\nmemory: {BUDGET}MiB\n")

        def offsets():
            return [o or 0 for o in site.client.committed(ingest.group, ingest.topic, 4)]

        def ends():
            return sum(site.client.ends(ingest.topic))

        with ingest.start() as worker:
            feed = Feed(reference, site, ingest.topic, RATE)
            session.wait(lambda: sum(offsets()) > 0, "the first commit", worker)
            throttle = Throttle(worker.process, lambda: sum(offsets()), RATE / 10)
            throttle.start()
            first = last = offsets()
            began = looked = time.monotonic()
            still, longest = [0.0] * 4, 0.0
            while time.monotonic() - began < SECONDS:
                time.sleep(1)
                worker.sample()
                now, found = time.monotonic(), offsets()
                still = [0.0 if f > l else s + now - looked for f, l, s in zip(found, last, still)]
                longest = max(longest, *still)
                last, looked = found, now
            throttle.end()
            taken = [a - b for a, b in zip(offsets(), first)]
            seconds = time.monotonic() - began
            sent = feed.end()
            behind = ends() - sum(offsets())
            began = time.monotonic()
            session.wait(lambda: sum(offsets()) >= ends(), "ingest to catch up", worker, 600)
            caught = time.monotonic() - began
            worker.sample()
            faster = sent / max(1, sum(taken))
            figures.note(f"{seconds:.0f} s: {sent:,} events sent, {sum(taken):,} read; by partition {taken}")
            figures.check("the producer was faster by far", faster > 5, f"{faster:.1f} ×")
            figures.at_most("peak memory of ingest, MiB", worker.peak_bytes / MIB, MOST_MEMORY, 0)
            share = min(taken) / statistics.mean(taken)
            figures.check("no partition starves", share > 0.4, f"the least has {share:.2f} of the mean", "at least 0.40")
            figures.check("none stands still for long", longest <= 45, f"{longest:.0f} s", "at most 45 s")
            figures.check(f"{behind:,} events are caught up with", caught < 600,
                          f"{caught:.1f} s, {behind / max(0.1, caught):,.0f}/s")
        audit = session.audit()
        figures.check("audit is clean", audit.returncode == 0,
                      "" if audit.returncode == 0 else (audit.stdout + audit.stderr)[-600:].strip())


class Feed(threading.Thread):
    """Sends 155-byte transactions at a rate, a second's worth at a time."""

    def __init__(self, reference, site, topic, rate):
        super().__init__(daemon=True)
        self.reference, self.site, self.topic, self.rate = reference, site, topic, rate
        self.over, self.sent = threading.Event(), 0
        self.start()

    def run(self):
        began = time.monotonic()
        while not self.over.is_set():
            due = int((time.monotonic() - began + 1) * self.rate) - self.sent
            if due <= 0:
                time.sleep(0.05)
                continue
            run(self.reference, "produce", self.site.broker.address, self.topic, due, EVENTS_A_SECOND, self.sent)
            self.sent += due

    def end(self):
        self.over.set()
        self.join(60)
        return self.sent


def is_at_end(session):
    try:
        status = json.loads((session.state / "status/0.json").read_text())["ingest"]
    except (OSError, ValueError, LookupError):
        return False
    return bool(status) and all(p["isAtEnd"] and not p["isReplaying"] for p in status["partitions"])


def training(figures):
    """Ingest in the process that trains: the same burst while a run trains, and while none does."""
    (reference,) = build("raw-kafka")
    burst = int(os.environ.get("BACKPRESSURE_BURST", 2_000_000))
    day = 86_400 * EVENTS_A_SECOND
    with Site() as site:
        session = Session(site, "beside", "demo.yaml", lambda text: text
                          .replace("minimum: { positives: 50 }", "minimum: { positives: 10 }")
                          .replace("idle: 2s", "idle: 1h")
                          .replace("rounds: 60, max_depth: 3", "rounds: 40000, max_depth: 6, threads: 1")
                          .replace("triggers: [{ every: 7d }]", "triggers: [{ every: 45d, from: 2018-04-02 }]"))
        session.command("simulate", "--partitions", 4, "--days", 60, "--customers", 1000, "--terminals", 700, "--seed", 7,
                        "--fraud-rate", 3, "--stop-with-events")
        with session.start("--no-http") as worker:
            def started():
                kinds = [kind for kind, _, _ in session.messages("models", "run.started", "model.trained", "run.failed")]
                return kinds.count("run.started") - len([k for k in kinds if k != "run.started"])

            def pour(worker, first):
                before = sum(site.client.ends("transactions"))
                # All of it is there before any of it is read: it is not the producer that is measured.
                worker.process.send_signal(signal.SIGSTOP)
                run(reference, "produce", site.broker.address, "transactions", burst, EVENTS_A_SECOND, first)
                worker.process.send_signal(signal.SIGCONT)
                group = "millrace.beside.ingest"
                at, pauses, since = time.monotonic(), [0.0], time.monotonic()
                last = None
                while True:
                    found = sum(o or 0 for o in site.client.committed(group, "transactions", 4))
                    now = time.monotonic()
                    if found != last:
                        pauses.append(now - since)
                        last, since = found, now
                    if found >= before + burst:
                        return burst / (now - at), max(pauses)
                    if now - at > 120 or worker.has_ended:
                        raise SystemExit(f"the burst was not read:\n{worker.tail()}")
                    time.sleep(0.05)

            session.wait(lambda: started() > 0, "a run to train", worker, 240)
            with_training, pause = pour(worker, 61 * day)
            figures.check("the run trained all the while", started() > 0)
            figures.check("ingest goes on while a run trains", pause < 5, f"longest pause {pause:.1f} s", "below 5 s")
        # The run would go on for a while. What is open is read again, and then on in the same window: that of the first
        # burst is not closed, and nothing is made of it meanwhile.
        with session.start("--no-http", "--roles", "ingest,transform,publish,observe") as worker:
            session.wait(lambda: is_at_end(session), "ingest to have read again what is open", worker, 120)
            without, _ = pour(worker, 61 * day + burst)
        figures.note(f"ingest while a run trains {with_training / 1e3:.0f} k/s, while none does {without / 1e3:.0f} k/s: "
                     f"ratio {with_training / without:.2f} (the run has one thread, the machine {os.cpu_count()})")
