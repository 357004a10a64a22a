"""An hour in which nothing is wrong: a season of transactions at a steady pace, runs and all. Nobody may be woken."""

import os
import time

from ..program import Running
from ..session import Session, Site
from .handbook import GROUP, data

EVENTS = 1_754_155


def healthy(figures):
    minutes = float(os.environ.get("ACCEPTANCE_MINUTES", 60))
    rate = int(EVENTS / minutes / 60)
    with Site() as site:
        session = Session(site, "healthy", "handbook.yaml")
        for topic in ("transactions", "labels"):
            site.client.create_topic(topic, 4)
        with session.start() as worker, \
                Running(site.millrace, "-q", "produce", "-f", session.file, *GROUP, "--rate", rate,
                        data("handbook-transactions.csv.zst"), log=site.folder / "feed.log") as feed:
            session.wait(lambda: feed.has_ended, "the feed to end", worker, within=minutes * 60 * 1.5, every=10)
            figures.check("the feed ends well", feed.process.returncode == 0, feed.tail())
            ends = {}
            for _, kind, _ in session.runs():
                ends[kind] = ends.get(kind, 0) + 1
            figures.note(f"{sum(site.client.ends('transactions')):,} events at {rate}/s in {minutes:.0f} min, "
                         f"{len(session.datasets())} datasets, runs: {ends}")
            figures.at_least("runs", sum(ends.values()), 15, 0)
            said = session.json("alerts", "--all")
            figures.check("no alert has fired, and somebody looks", not said["alerts"] and said["isObserved"], said)
            # Had one fired, it would be known: here is a cause.
            for partition in range(4):
                for _ in range(500):
                    site.client.produce("transactions", b"not JSON", partition=partition)
            site.client.flush()
            began = time.monotonic()
            session.wait(lambda: session.json("alerts")["alerts"], "an alert over unreadable records", worker, within=900, every=5)
            figures.note(f"then 2,000 unreadable records: {', '.join(a['alert'] for a in session.json('alerts')['alerts'])} "
                         f"after {time.monotonic() - began:.0f} s")
