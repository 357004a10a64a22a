"""kill -9 of an ingest process with 200 MB of open windows: how long until it goes on, and what it reads again."""

import json
import os
import re
import time

from ..program import ROOT, Running, build, run
from ..session import Session, Site

MIB = 1 << 20
EVENTS_A_SECOND, RECORD = 100, 155
OPEN = int(os.environ.get("RECOVERY_OPEN_MEGABYTES", 200)) * 1_000_000


class Ingest:
    """One ingest process on 155-byte transactions, with windows of a size."""

    def __init__(self, site, name, window, lateness, static):
        self.session = session = Session(site, name, "demo.yaml")
        text = (ROOT / "deploy/bench.d/ingest.yaml").read_text()
        kafka = f'kafka: {{ brokers: "{site.broker.address}", static_membership: {"true" if static else "false"} }}'
        for pattern, line in ((r"^pipeline:.*$", f"pipeline: {name}"), (r"^folder:.*$", f"folder: {session.state}"),
                              (r"^kafka:.*$", kafka), (r"topics: \[transactions\]", f"topics: [{name}]"),
                              (r"^windows:.*$", f"windows: {{ size: {window}, lateness: {lateness}, idle: 1h }}")):
            text = re.sub(pattern, line, text, flags=re.M)
        session.file.write_text(text)
        self.topic, self.group = name, f"millrace.{name}.ingest"
        site.client.create_topic(name, 4)

    def start(self):
        return Running(self.session.site.millrace, "run", "-f", self.session.file, "--roles", "ingest", "--no-http",
                       log=self.session.log)

    def committed(self):
        """(sum of offsets, sum of what would be read again)."""
        pairs = self.session.site.client.committed_with_notes(self.group, self.topic, 4)
        again = 0
        for offset, note in pairs:
            rewind = re.search(r"rewind=(\d+)", note)
            again += (offset or 0) - (int(rewind[1]) if rewind else 0)
        return sum(offset or 0 for offset, _ in pairs), again

    def open_bytes(self):
        """Of open windows: in memory, and in the files to which they were moved."""
        try:
            memory = json.loads((self.session.state / "status/0.json").read_text())["ingest"]["bytes"]
        except (OSError, ValueError, LookupError, TypeError):
            memory = 0
        return memory + sum(f.stat().st_size for f in self.session.state.glob("slices/.open-*/*"))

    def wait(self, condition, worker, what, within=180):
        self.session.wait(condition, what, worker, within, every=0.05)


def recovery(figures):
    (reference,) = build("raw-kafka")
    with Site() as site:
        # Windows that hold all of it; and the same input in windows that hold a quarter.
        records = None
        for name, window, hours, lateness, static in (
                ("day", "1d", 25, "1h", False), ("day-static", "1d", 25, "1h", True),
                ("quarter", "3h", 3.25, "15m", False)):
            ingest = Ingest(site, name, window, lateness, static)
            title = f"windows of {window}{', static membership' if static else ''}"
            records = once(figures, site, reference, ingest, title, hours, static, records)


def fill(site, reference, topic, count, first):
    run(reference, "produce", site.broker.address, topic, count, EVENTS_A_SECOND, first)
    return first + count


def once(figures, site, reference, ingest, name, hours, static, records):
    """- Parameter records: of the input; None for as many as it takes.
    - Returns how many they were."""
    sent = 0
    with ingest.start() as worker:
        step = 500_000
        while True:
            sent = fill(site, reference, ingest.topic, step, sent)
            ingest.wait(lambda: ingest.committed()[0] >= sent, worker, "the input to be committed")
            time.sleep(1.2)
            if sent >= records if records else ingest.open_bytes() >= OPEN:
                break
        opened = ingest.open_bytes()
        before, again = ingest.committed()
        worker.sample()
        worker.process.kill()
        worker.process.wait()
    records = sent
    # Progress is a commit beyond what had been reached: so there must be something to come.
    sent = fill(site, reference, ingest.topic, 100_000, sent)
    began = time.monotonic()
    with ingest.start() as worker:
        # The log is that of both.
        ingest.wait(lambda: worker.text().count("took partitions over") > 1, worker, "its partitions")
        assigned = time.monotonic() - began
        ingest.wait(lambda: ingest.committed()[0] > before, worker, "progress")
        seconds = time.monotonic() - began
        ingest.wait(lambda: ingest.committed()[0] >= sent, worker, "all of the input")
        figures.note(f"{name}: {opened / 1e6:.0f} MB open in {before:,} records; assigned after {assigned:.1f} s, progress "
                     f"after {seconds:.1f} s, {again:,} records ({again * RECORD / 1e6:.0f} MB) read again, "
                     f"peak {worker.sample().peak_bytes / MIB:.0f} MiB")
    most = hours * 3600 * EVENTS_A_SECOND
    figures.check(f"{name}: what is read again is at most size and lateness of a window", again <= most * 1.05,
                  f"{again:,}", f"at most {most:,.0f} records")
    # Ten seconds of a session that must end first, and the input again at a tenth of the rate that ingest has.
    limit = (0 if static else 12) + 5 + again / 100_000
    figures.check(f"{name}: progress in time", seconds <= limit, f"{seconds:.1f} s", f"at most {limit:.0f} s")
    return records
