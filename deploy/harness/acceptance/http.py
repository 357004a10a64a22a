"""Those who abuse the pages: slow, many, large, crooked. The worker serves others meanwhile, and ingest keeps its rate."""

import json
import resource
import select
import socket
import statistics
import threading
import time

from ..program import Running
from ..session import Session, Site

READ, WRITE = "read-token-0123456789", "write-token-0123456789"
MIB = 1 << 20
# Loopback has many addresses; the server counts connections by them.
GUEST = "127.0.9.9"


def http(figures):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 30_000) if limit > 0 else 30_000, limit))
    with Site() as site:
        for topic in ("transactions", "labels"):
            site.client.create_topic(topic, 4)
        session = Session(site, "pages", "demo.yaml", lambda text: text + (
            "\nhttp:\n  listen: 127.0.0.1:0\n  tokens: { read: \"${READ}\", write: \"${WRITE}\" }\n"))
        with session.start(READ=READ, WRITE=WRITE) as worker:
            session.wait(lambda: "listening" in worker.text(), "the port", worker)
            line = next(line for line in worker.text().splitlines() if "listening" in line)
            port = int(line.rsplit(":", 1)[1].split()[0].rstrip("/"))
            abuse(figures, site, session, worker, port)


class Guest(threading.Thread):
    """Somebody with a token who looks at the metrics every half second, from an address of their own."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over = port, threading.Event()
        self.seconds, self.failures, self.records = [], [], []

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                status, body = ask(self.port, "GET /metrics", token=READ, source=GUEST, timeout=30)
                if status != 200:
                    self.failures.append(status)
                for line in body.splitlines():
                    if line.startswith("millrace_ingest_records_total "):
                        self.records.append((time.monotonic(), float(line.split()[1])))
            except OSError as trouble:
                self.failures.append(str(trouble))
            self.seconds.append(time.monotonic() - began)
            self.over.wait(0.5)

    def rate(self, begin, end):
        points = [p for p in self.records if begin <= p[0] <= end]
        return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0]) if len(points) > 1 else 0.0

    def take(self):
        taken, self.seconds, self.failures = (self.seconds, self.failures), [], []
        return taken


def connect(port, source="127.0.0.1", timeout=10):
    connection = socket.socket()
    connection.settimeout(timeout)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    return connection


def receive(connection):
    """(status, body) of one answer; (0, "") when the connection is closed without."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                break
            data += more
        if not data.startswith(b"HTTP/1."):
            return 0, ""
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    more = connection.recv(65536)
                    if not more:
                        break
                    body += more
        return int(data[9:12]), body.decode(errors="replace")
    except OSError:
        return 0, ""


def ask(port, line, body=b"", token=None, headers=(), source="127.0.0.1", timeout=10):
    fields = ["Host: 127.0.0.1", *headers]
    if token:
        fields.append(f"Authorization: Bearer {token}")
    if body and not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
        fields.append(f"Content-Length: {len(body)}")
    return raw(port, (f"{line} HTTP/1.1\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode() + body, source, timeout)


def raw(port, data, source="127.0.0.1", timeout=10):
    with connect(port, source, timeout) as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass
        return receive(connection)


def abuse(figures, site, session, worker, port):
    feed_rate = 2_000
    with Running(site.millrace, "-q", "simulate", "-f", session.file, "--endless", "--rate", feed_rate,
                 log=site.folder / "feed.log", READ=READ, WRITE=WRITE) as feed:
        session.wait(lambda: ask(port, "GET /readyz")[0] == 200, "readiness", worker)
        guest = Guest(port)
        guest.start()
        time.sleep(15)
        quiet = guest.rate(time.monotonic() - 10, time.monotonic())
        before = worker.resident_bytes() / MIB
        guest.take()
        figures.note(f"before: ingest reads {quiet:,.0f} events/s, the worker holds {before:.0f} MiB")
        begin = time.monotonic()
        for attack in (slow, many_from_one, oversized, paths, headers, crooked, tokens, streams, flood):
            began = time.monotonic()
            attack(figures, port)
            session.wait(lambda: guest.seconds or guest.failures, "a guest's request", worker)
            seconds, failures = guest.take()
            rate = guest.rate(began, time.monotonic())
            read = f"; ingest {rate:,.0f}/s" if rate else ""
            figures.check(
                f"{attack.__name__.replace('_', ' ')}: others are served",
                not failures, f"{len(seconds)} requests, the slowest {max(seconds, default=0):.2f} s{read}; "
                f"{worker.resident_bytes() / MIB:.0f} MiB {failures[:3] or ''}")
        under = guest.rate(begin, time.monotonic())
        many_from_all(figures, port)
        figures.check("after all connections were taken, others are served again",
                      wait_for(lambda: ask(port, "GET /healthz", source=GUEST)[0] == 200, 60))
        guest.over.set()
        guest.join()
        worker.sample()
        figures.at_least("ingest's rate under abuse, ratio to that before", under / max(quiet, 1), 0.95)
        figures.at_most("peak memory over memory before, MiB", worker.peak_bytes / MIB - before, 128, 0)
        figures.check("nothing is wrong with any role", ask(port, "GET /readyz")[0] == 200)
        feed.stop()
        end = sum(site.client.ends("transactions"))
        figures.check("ingest has read everything", wait_for(lambda: records(port) >= end, 60), f"{records(port):,.0f}",
                      f"{end:,} and labels")
        figures.check("no token is in the log", READ not in worker.text() and WRITE not in worker.text())
    began = time.monotonic()
    code = worker.stop()
    figures.check("it stops in order", code == 0 and time.monotonic() - began < 10,
                  f"exit code {code} after {time.monotonic() - began:.1f} s")


def records(port):
    _, body = ask(port, "GET /metrics", token=READ)
    found = [line.split()[1] for line in body.splitlines() if line.startswith("millrace_ingest_records_total ")]
    return float(found[0]) if found else 0.0


def wait_for(condition, within):
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(0.5)
    return False


def expect(figures, name, found, allowed):
    wrong = {key: status for key, status in found.items() if status not in allowed}
    figures.check(name, not wrong, wrong or f"{len(found)} cases, {sorted(set(found.values()))}", f"{sorted(allowed)}")


def slow(figures, port):
    """A hundred that send a byte a second."""
    held = [connect(port) for _ in range(100)]
    for connection in held:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    began, closed = time.monotonic(), 0
    while held and time.monotonic() - began < 40:
        time.sleep(1)
        rest = []
        for connection in held:
            try:
                connection.sendall(b"a")
                rest.append(connection)
            except OSError:
                connection.close()
                closed += 1
        held = rest
    figures.check("slow clients are let go", closed == 100, f"{closed} of 100 after {time.monotonic() - began:.0f} s",
                  "100 after 20 s")


def hold(figures, port, count, source, told):
    """Many connections at once, each silent."""
    held, waiting = [], select.poll()
    for number in range(count):
        connection = socket.socket()
        connection.setblocking(False)
        connection.bind((source(number), 0))
        connection.connect_ex(("127.0.0.1", port))
        waiting.register(connection, select.POLLOUT | select.POLLRDHUP)
        held.append(connection)
    time.sleep(5)
    events = dict(waiting.poll(0))
    came = sum(1 for c in held if events.get(c.fileno(), 0) & select.POLLOUT)
    closed = sum(1 for c in held if events.get(c.fileno(), 0) & (select.POLLRDHUP | select.POLLHUP | select.POLLERR))
    figures.note(f"{count:,} connections {told}: {closed:,} were closed at once, {count - came:,} were not let in, "
                 f"{came - closed:,} were held or waited their turn")
    for connection in held:
        connection.close()


def many_from_one(figures, port):
    hold(figures, port, 10_000, lambda _: "127.0.0.1", "from one address")


def many_from_all(figures, port):
    hold(figures, port, 10_000, lambda number: f"127.0.1.{1 + number % 200}", "from 200 addresses")


def oversized(figures, port):
    found = {}
    path, kind = "POST /api/v1/retrain", ("Content-Type: application/json",)
    found["a length of a gigabyte"] = ask(port, path, b"x", WRITE, (*kind, "Content-Length: 1073741824"))[0]
    found["a length beyond 64 bits"] = ask(port, path, b"x", WRITE, (*kind, "Content-Length: 99999999999999999999"))[0]
    found["100 kB"] = ask(port, path, b"x" * 100_000, WRITE, kind)[0]
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    found["64 MB in chunks"] = ask(
        port, path, chunk * 1000 + b"0\r\n\r\n", WRITE, (*kind, "Transfer-Encoding: chunked"), timeout=30)[0]
    expect(figures, "bodies that are too large", found, {400, 413})
    found = {"two lengths": ask(port, path, b"{}", WRITE, (*kind, "Content-Length: 2", "Content-Length: 3"))[0],
             "length and chunks": ask(port, path, b"0\r\n\r\n", WRITE, (
                 *kind, "Content-Length: 5", "Transfer-Encoding: chunked"))[0]}
    expect(figures, "bodies whose length is said twice", found, {400})
    deep = b'{"reason":' * 5000 + b"1" + b"}" * 5000
    found = {"deep": ask(port, path, deep, WRITE, kind)[0],
             "no JSON": ask(port, path, b"\xff\xfe", WRITE, kind)[0],
             "wrong type": ask(port, path, b"{}", WRITE, ("Content-Type: text/plain",))[0]}
    expect(figures, "bodies that are none", found, {400, 415, 422})


def paths(figures, port):
    tricks = ["/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/style.css/../../x",
              "/%c0%ae%c0%ae/etc/passwd", "/..\\..\\windows", "/%5c..%5c", "/a%00.css", "//etc/passwd", "/runs/../lag",
              "/runs/%2e%2e%2flag", "/api/v1/runs/..%2f..%2fmetrics", "/runs/%ff", "/%", "/%zz", "/;/lag", "/lag;x=1",
              "/runs/" + "a" * 5000, "/api/v1/runs?before=" + "%27%20OR%201=1", "/api/v1/models/9999999999999999999999",
              "http://elsewhere.example/", "*", "/?group=" + "a" * 3000 + "/../x"]
    found = {}
    for trick in tricks:
        status, body = ask(port, f"GET {trick}", token=READ)
        found[trick[:40]] = "file" if "root:" in body else status
    # The last is the first page with a query that it does not know.
    expect(figures, "paths that are none", found, {400, 404, 200})
    figures.check("of them answered with a page", sum(s == 200 for s in found.values()) <= 1)
    expect(figures, "a path of 100 kB", {"": ask(port, "GET /" + "a" * 100_000, token=READ)[0]}, {414})


def headers(figures, port):
    found = {
        "10,000 headers": ask(port, "GET /", token=READ, headers=[f"X-{n}: {'a' * 100}" for n in range(10_000)])[0],
        "a header of a megabyte": ask(port, "GET /", token=READ, headers=["X: " + "a" * MIB])[0],
        "a token of a megabyte": ask(port, "GET /metrics", token="a" * MIB)[0],
    }
    # Closed without an answer is right too, for what does not even fit.
    expect(figures, "header floods", found, {0, 413, 431})


def crooked(figures, port):
    found = {
        "TLS on a plain port": raw(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), timeout=25)[0],
        "HTTP/2": raw(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(50), timeout=25)[0],
        "no version": raw(port, b"GET /\r\n\r\n", timeout=25)[0],
        "no host": raw(port, b"GET /healthz HTTP/1.1\r\n\r\n", timeout=25)[0],
        "noise": raw(port, bytes(range(1, 256)) * 40 + b"\r\n\r\n", timeout=25)[0],
    }
    expect(figures, "what is no request", found, {0, 400, 404, 405, 413, 414, 421, 431, 505, 501})
    found = {method: ask(port, f"{method} /api/v1/runs", token=READ)[0]
             for method in ("DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "BREW", "POST")}
    expect(figures, "methods that are not for it", found, {400, 405, 411, 501})


def tokens(figures, port):
    found = {}
    for number in range(500):
        found[number] = ask(port, "GET /api/v1/runs", token=f"guess-{number:020}")[0]
    found["none"] = ask(port, "GET /api/v1/runs")[0]
    expect(figures, "guessed tokens", found, {401})
    kind, body = ("Content-Type: application/json",), json.dumps({"reason": "abuse"}).encode()
    expect(figures, "a read token that asks for a run", {"": ask(port, "POST /api/v1/retrain", body, READ, kind)[0]}, {403})


def streams(figures, port):
    held = []
    for _ in range(120):
        connection = connect(port)
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {READ}\r\n\r\n".encode())
        held.append(connection)
    found = []
    for connection in held:
        head = b""
        try:
            head = connection.recv(12)
        except OSError:
            pass
        found.append(int(head[9:12]) if head.startswith(b"HTTP") else 0)
    figures.check("streams are limited", found.count(200) <= 64 and set(found) <= {200, 503},
                  f"{found.count(200)} open, {found.count(503)} answered 503", "64 open")
    # None of them reads on: what is sent to them must not pile up.
    time.sleep(10)
    for connection in held:
        connection.close()


def flood(figures, port):
    """Forty that ask as fast as they can, for ten seconds: fewer than one address may have, since closing takes a moment."""
    over = time.monotonic() + 10
    counts, wrong, seconds = [0] * 40, set(), []

    def run(index):
        while time.monotonic() < over:
            began = time.monotonic()
            try:
                status, _ = ask(port, "GET /" if index % 2 else "GET /metrics", token=READ, timeout=30)
            except OSError:
                status = 0
            seconds.append(time.monotonic() - began)
            counts[index] += 1
            if status != 200:
                wrong.add(status)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.check("a flood of requests is answered", not wrong,
                  f"{sum(counts) / 10:,.0f}/s, median {statistics.median(seconds) * 1000:.0f} ms {wrong or ''}")
