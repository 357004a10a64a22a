"""Whatever can be wrong with a record or a message: set aside with a reason, counted, or refused; never in the way."""

import json
import time
from datetime import datetime, timedelta, timezone

from ..session import Session, Site

DAY_0 = datetime(2018, 4, 1, tzinfo=timezone.utc)


def event(number, at, **changes):
    out = {"tx_id": number, "datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "customer": number % 50,
           "terminal": number % 30, "amount": round(1 + number % 97 / 7, 2)}
    out.update(changes)
    return {k: v for k, v in out.items() if v is not ...}


def stamp(at):
    return int(at.timestamp() * 1000)


def send(client, value, at, partition=0, topic="transactions", **options):
    data = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    client.produce(topic, data, key=b"k", partition=partition, timestamp=stamp(at), **options)


def stream(client, first, count, begin, days, **changes):
    """Good records, a fixed time apart, over all partitions."""
    for i in range(count):
        at = begin + timedelta(days=days) * (i / count)
        send(client, event(first + i, at, **changes), at, partition=i % 4)


def bad_input(figures):
    records(figures)
    renamed(figures)
    silent(figures)


def make_topics(client):
    for topic in ("transactions", "labels"):
        client.create_topic(topic, 4)


def records(figures):
    with Site() as site:
        client = site.client
        make_topics(client)
        session = Session(site, "odd", "demo.yaml")
        stream(client, 0, 4000, DAY_0, 2)
        noon = DAY_0 + timedelta(days=2)
        good = json.dumps(event(1, noon))
        # Name, bytes, the code expected of it.
        bad = [
            ("broken JSON", good[:40].encode(), {"bad-json"}),
            ("an array", b"[1,2]", {"not-an-object"}),
            ("a number", b"17", {"not-an-object"}),
            ("nothing at all", b"", {"bad-json", "tombstone"}),
            ("a tombstone", None, {"tombstone"}),
            ("invalid UTF-8", good.replace('"tx_id": 1,', '"tx_id": "\udcff",').encode("utf-8", "surrogateescape"),
             {"bad-text", "bad-json"}),
            ("a text for an amount", json.dumps(event(2, noon, amount="much")).encode(), {"wrong-type"}),
            ("a missing amount", json.dumps(event(3, noon, amount=...)).encode(), {"missing-field"}),
            ("a missing id", json.dumps(event(3, noon, tx_id=...)).encode(), {"missing-field"}),
            ("NaN", json.dumps(event(4, noon, amount=float("nan"))).encode(), {"bad-json", "wrong-type", "not-finite"}),
            ("infinity", good.replace('"amount": ', '"amount": 1e999, "x": ').encode(),
             {"not-finite", "out-of-range", "bad-json", "too-precise"}),
            ("an amount beyond all money", json.dumps(event(5, noon, amount=10 ** 25)).encode(),
             {"out-of-range", "wrong-type"}),
            ("a time that is none", json.dumps(event(6, noon, datetime="yesterday")).encode(), {"bad-time"}),
            ("the far future", json.dumps(event(7, noon, datetime="2118-01-01T00:00:00Z")).encode(), {"future"}),
            ("a megabyte that is no JSON", b"x" * ((1 << 20) - 2000), {"bad-json"}),
        ]
        for index, (_, value, _) in enumerate(bad):
            send(client, value, noon, partition=index % 4)
        # The far past is late, what was seen is a duplicate: both are counted, and no letters.
        late = 5
        for i in range(late):
            send(client, event(900_000 + i, DAY_0 - timedelta(days=3000)), noon, partition=i % 4)
        duplicates = 7
        for i in range(duplicates):
            at = DAY_0 + timedelta(days=2) * ((3990 + i % 4) / 4000)
            send(client, event(3990 + i % 4, at), at, partition=(3990 + i % 4) % 4)
        big = {**event(800_000, noon), "note": "n" * ((1 << 20) - 2500)}
        send(client, big, noon)
        stream(client, 10_000, 4000, noon, 2)
        client.flush()
        total = sum(client.ends("transactions"))

        with session.start() as worker:
            session.wait_until_quiet(worker, 5)
            figures.check("the worker lives", not worker.has_ended)
            letters = session.json("dead-letters", "--last", 1000)
            letters = letters if isinstance(letters, list) else letters.get("letters", letters)
            figures.check("dead letters, one for each bad record", len(letters) == len(bad), len(letters), len(bad))
            dead = session.site.client.read(session.topic("dead-letters"))
            by_value = {}
            for record in dead:
                by_value.setdefault(record.value, []).append(
                    {n.split(".")[-1]: v.decode(errors="replace") for n, v in record.headers if v is not None})
            for name, value, codes in bad:
                found = by_value.get(value) or (by_value.get(None) if value in (None, b"") else None) or []
                if not found and len(value or b"") > 900_000:
                    found = [h for v, hs in by_value.items() if v and value.startswith(v[:100]) for h in hs]
                text = json.dumps(found)
                figures.check(f"{name} is set aside as {' or '.join(sorted(codes))}",
                              any(code in text for code in codes), "" if any(c in text for c in codes) else text[:400])
            rows = sum(d["rows"] for d in session.datasets())
            slices = [d for _, _, d in session.messages("slices", "slice.sealed")]
            figures.note(f"{total:,} records: {rows:,} rows in datasets, {len(slices)} seals")
            summary = session.command("dead-letters", "--summary").stdout
            figures.check("dead-letters --summary names the codes", "tombstone" in summary and "future" in summary)

            control(figures, session)
        audit = session.audit()
        figures.check("audit is clean", audit.returncode == 0, (audit.stdout + audit.stderr)[-1500:].strip())
        report = session.json("audit")
        partitions = [p for p in report["partitions"] if str(p["partition"]).startswith("transactions")]
        for field, expected in (("late", late), ("duplicates", duplicates), ("dead", len(bad))):
            figures.check(f"{field} records are counted", sum(p[field] for p in partitions) == expected,
                          sum(p[field] for p in partitions), expected)
        figures.check("every record is committed", sum(p["committed"] for p in partitions) == total)


def control(figures, session):
    """Messages that nobody knows, or that are none."""
    client, topic = session.site.client, session.topic("retrain")

    def message(kind, body, number):
        client.produce(topic, body, key=session.name.encode(), headers=[
            ("ce_specversion", "1.0"), ("ce_type", f"dev.millrace.{kind}"), ("ce_source", "/teams/risk"),
            ("ce_id", f"m{number}"), ("content-type", "application/json")])

    before = len(session.site.client.read(session.topic("dead-letters")))
    message("moon.landed.v1", b"{}", 1)
    message("retrain.requested.v99", b"{}", 2)
    message("retrain.requested.v1", b"{ no json", 3)
    client.produce(topic, b"hello", key=b"odd")
    client.produce(topic, None, key=b"odd")
    message("retrain.requested.v1", b'{"reason":"new category","requester":"risk"}', 4)
    client.flush()

    def answered():
        return any(kind in ("run.started", "run.refused", "run.merged")
                   and ("m4" in json.dumps(data) or "risk" in json.dumps(data))
                   for kind, _, data in session.messages("models"))

    end = time.monotonic() + 30
    while not answered() and time.monotonic() < end:
        time.sleep(0.3)
    figures.check("a request after unknown and broken messages is answered", answered(),
                  [(k, str(d)[:150]) for k, _, d in session.messages("models")][-3:])
    letters = client.read(session.topic("dead-letters"))[before:]
    figures.check("broken control messages are set aside, unknown ones ignored",
                  any(r.value == b"{ no json" for r in letters) and not any(r.value == b"{}" for r in letters),
                  [r.value for r in letters])


def renamed(figures):
    """Every record renamed upstream: a day of transactions must not go to the dead letters."""
    with Site() as site:
        make_topics(site.client)
        session = Session(site, "renamed", "demo.yaml")
        stream(site.client, 0, 2000, DAY_0, 1)
        site.client.flush()
        with session.start() as worker:
            session.wait(session.consumed, "the good records", worker)
            group = "millrace.renamed.ingest"
            for i in range(3000):
                at = DAY_0 + timedelta(days=1) + timedelta(seconds=i)
                changed = event(50_000 + i, at, amount=..., value=12.5)
                send(site.client, changed, at, partition=i % 4)
            site.client.flush()
            time.sleep(6)
            committed = site.client.committed(group, "transactions", 4)
            letters = site.client.ends(session.topic("dead-letters"))
            # A slow topic's records add up to dead_letters.stop_minimum before they are judged.
            figures.check("but for the first hundred, none of the renamed records is set aside", sum(letters) <= 100,
                          sum(letters), "at most 100")
            # A transaction's marker has an offset of its own.
            figures.check("and none of the others is committed", sum(committed) <= 2000 + sum(letters), sum(committed))
            status = session.command("status", check=False)
            text = status.stdout + status.stderr
            figures.check("status says so, and that something is wrong", status.returncode == 1 and "unreadable" in text
                          and "amount" in text, text[-600:].strip())
            figures.check("the worker lives", not worker.has_ended)


def silent(figures):
    """The chargeback feed dies: time must not turn frauds into negatives."""
    with Site() as site:
        session = Session(site, "silent", "demo.yaml", lambda t: t.replace("minimum: { positives: 50 }",
                                                                          "minimum: { positives: 10 }"))
        csv = site.folder / "events.csv"
        session.command("simulate", "--to", csv, "--days", 60, "--customers", 1500, "--terminals", 1000, "--seed", 7,
                        "--fraud-rate", 3)
        session.command("produce", "--partitions", 4, "--until", "2018-05-22", "--stop-with-events", csv)
        session.command("produce", "--from", "2018-05-22", "--labels", "none", csv)
        with session.start() as worker:
            session.wait_until_quiet(worker, 6)
            runs = session.messages("models", "run.refused")
            reasons = [json.dumps(d) for _, _, d in runs]
            figures.check("runs are refused while labels are silent", any("labels-silent" in r for r in reasons),
                          [r[-200:] for r in reasons][:2])
            trained = [d["run"] for _, _, d in session.messages("models", "model.trained")]
            figures.check("runs before the silence trained", len(trained) >= 1, len(trained))
            status = session.command("status", check=False)
            figures.check("status says so", "silent" in (status.stdout + status.stderr).lower(),
                          (status.stdout + status.stderr)[-700:].strip())
