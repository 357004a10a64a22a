"""kill -9 at every named point and at random: what is lost is made again, and nothing is done twice."""

import os
import random
import signal
import time

from ..outcome import differences, outcome
from ..session import Session, Site

# Of the worker's own crash points; `:n` is the n-th passage.
POINTS = """ingest.written-before-rename:5 ingest.files-before-send:2 ingest.before-send:2
    ingest.sent-before-commit:2 ingest.after-send:2 transform.written-before-send:7 transform.before-send:9
    transform.sent-before-commit:10 transform.after-commit:12 train.decided
    train.training:50 train.evaluating train.before-trained train.before-send:2 train.after-commit:2 publish.before-send
    publish.released-before-alias publish.after-commit""".split()


def small(text):
    return text.replace("minimum: { positives: 50 }", "minimum: { positives: 10 }")


def catch_up(session, expected, within=120):
    """Runs until as much is done as was without a death; what is then wrong is judged, not waited for."""
    end = time.monotonic() + within
    with session.start() as worker:
        while time.monotonic() < end and not worker.has_ended:
            found = outcome(session)
            if all(len(found[part]) >= len(expected[part]) for part in expected):
                # Whatever would be done twice has its chance to be.
                time.sleep(3)
                break
            time.sleep(0.5)


def judge(figures, session, expected, name):
    found = outcome(session)
    details = differences(found, expected)
    figures.check(f"{name}: same runs, verdicts, bytes of datasets and models", not details, "; ".join(details))
    releases = [session.verdict(d) for _, _, d in session.messages("releases")]
    versions = [v["version"] for v in releases]
    figures.check(f"{name}: one version per run", len(set(versions)) == len(versions) == len({v["run"] for v in releases}),
                  versions)
    on_disk = session.files("datasets")
    wrong = [f["path"] for d in session.datasets() for f in d["files"]
             if on_disk.get(f["path"], on_disk.get(f"{d['folder']}/{f['path']}")) != f["sha256"]]
    figures.check(f"{name}: every dataset's files are what its message says", not wrong, wrong[:2] or "")
    audit = session.audit()
    figures.check(f"{name}: audit is clean", audit.returncode == 0,
                  "" if audit.returncode == 0 else (audit.stdout + audit.stderr)[-600:].strip())


def kill(figures):
    only = os.environ.get("ACCEPTANCE_POINTS")
    with Site() as site:
        calm = Session(site, "calm", "demo.yaml", small)
        calm.command(
            "simulate", "--partitions", 4, "--days", 60, "--customers", 1000, "--terminals", 700, "--seed", 7,
            "--fraud-rate", 3, "--stop-with-events")
        began = time.monotonic()
        with calm.start() as worker:
            calm.wait_until_quiet(worker, 5, all_made=True)
        expected = outcome(calm)
        figures.note(f"undisturbed: {sum(site.client.ends('transactions')):,} events, {len(expected['datasets'])} "
                     f"datasets, {len(expected['runs'])} runs, {time.monotonic() - began:.0f} s")
        released = [kind for _, kind in expected["runs"] if kind.startswith("model.")]
        figures.check("the undisturbed run trained and released", len(released) >= 2 and len(expected["models"]) == len(released),
                      expected["runs"])

        for number, point in enumerate(only.split(",") if only else POINTS):
            session = Session(site, f"crash{number}", "demo.yaml", small)
            with session.start(MILLRACE_CRASH_AT=point) as worker:
                end = time.monotonic() + 60
                while not worker.has_ended and time.monotonic() < end:
                    time.sleep(0.05)
                died = worker.process.poll()
            figures.check(f"{point}: is reached", died == -signal.SIGKILL, died)
            # Commits can expire, or be reset by hand: the log cannot.
            if number % 2:
                session.delete_groups()
            catch_up(session, expected)
            judge(figures, session, expected, f"{point}{', offsets deleted' if number % 2 else ''}")

        generator = random.Random(7)
        for number in range(0 if only else 2):
            session = Session(site, f"random{number}", "demo.yaml", small)
            deaths = 8
            for _ in range(deaths):
                with session.start() as worker:
                    time.sleep(generator.uniform(0.3, 4))
                    worker.stop(signal.SIGKILL)
            catch_up(session, expected)
            judge(figures, session, expected, f"{deaths} deaths at random")
