"""Carries a plan out."""

import json
import signal
import threading
import time
from datetime import datetime, timedelta, timezone

from ..client import Client
from ..figures import progress
from .plan import SLOTS


class Driver:
    def __init__(self, site, crew, disk=None):
        """`disk`: the folder of a small disk that may be filled; None leaves that out."""
        self.site, self.crew, self.disk = site, crew, disk
        self.left_out = {}
        self.done = {}
        self.troubles = []
        # Points that nobody came to in time: a kill like another.
        self.unreached = []
        self.twins = []
        self.early = []
        self.over = threading.Event()
        # The process that sends events.
        self.feed = None
        self.next_id = 1_000_000_000

    def run(self, steps):
        """Returns when all are done; each lane is a thread of its own."""
        self.began = time.monotonic()
        lanes = {}
        for step in steps:
            lanes.setdefault(step.lane, []).append(step)
        threads = [threading.Thread(target=self.lane, args=(steps,), daemon=True) for steps in lanes.values()]
        for thread in threads:
            thread.start()
        return threads

    def lane(self, steps):
        for step in steps:
            self.over.wait(max(0.0, self.began + step.at - time.monotonic()))
            began = time.monotonic()
            try:
                note = getattr(self, step.what)(step.lane, **step.detail)
            except (Exception, SystemExit) as trouble:  # The lane goes on: what was not done is judged at the end.
                self.troubles.append(f"{step}: {type(trouble).__name__}: {trouble}")
                note = f"NOT DONE: {trouble}"
            else:
                if note == "left out":
                    self.left_out[step.what] = self.left_out.get(step.what, 0) + 1
                else:
                    self.done[step.what] = self.done.get(step.what, 0) + 1
            progress(f"{began - self.began:7.1f} s  {step.lane:<9} {step.what:<8} "
                     f"{' '.join(f'{k}={v}' for k, v in step.detail.items())}{f'  → {note}' if note else ''}")

    # --- processes

    def kill(self, role, who, down):
        slot = self.crew.who(role, who)
        self.crew.kill(role, slot)
        if role == "publish":
            self.look_at_alias()
        time.sleep(down)
        self.crew.restart(role, slot)
        return slot

    def crash(self, role, point, within=60):
        """One process of the role, armed, has it alone until it dies there."""
        for slot in SLOTS:
            self.crew.leave(role, slot)
        armed = self.crew.start(role, SLOTS[0], MILLRACE_CRASH_AT=point)
        if role == "ingest":
            time.sleep(1)
            self.crew.restart(role, SLOTS[1])
        end = time.monotonic() + within
        while not armed.has_ended and time.monotonic() < end:
            armed.sample()
            time.sleep(0.05)
        reached = armed.process.poll() == -signal.SIGKILL
        if reached:
            armed.output.close()
            self.crew.deaths += 1
        else:
            self.unreached.append(point)
            self.crew.kill(role, SLOTS[0])
        if role == "publish":
            self.look_at_alias()
        for slot in SLOTS:
            if (role, slot) in self.crew.in_hand:
                self.crew.restart(role, slot)
        return "" if reached else f"not reached in {within} s: killed"

    def stall(self, role, point, seconds, within=60):
        """One process has the role alone until its writing stands still; then another wants a share of it."""
        for slot in SLOTS:
            self.crew.leave(role, slot)
        log = self.crew.log(role, SLOTS[0])
        before = log.stat().st_size
        self.crew.start(role, SLOTS[0], MILLRACE_STALL_AT=f"{point}={seconds}")
        end = time.monotonic() + within
        while not (reached := b"stands still at" in log.read_bytes()[before:]) and time.monotonic() < end:
            time.sleep(0.2)
        self.crew.restart(role, SLOTS[1])
        if reached:
            time.sleep(seconds + 2)
        else:
            self.unreached.append(point)
        self.crew.release(role, SLOTS[0])
        return "" if reached else f"not reached in {within} s"

    def stop(self, role, who, seconds):
        slot = self.crew.who(role, who)
        process = self.crew.hold(role, slot).process
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        self.crew.release(role, slot)
        return slot

    def leave(self, role, who, down):
        slot = self.crew.who(role, who)
        began = time.monotonic()
        # The signal may come before a process that has just begun can hear it.
        allowed = (0, -signal.SIGTERM) if began - self.crew.processes[role, slot].began < 5 else (0,)
        code = self.crew.leave(role, slot)
        seconds = time.monotonic() - began
        if code not in allowed:
            self.troubles.append(f"{role}-{slot} left with {code} after {seconds:.0f} s")
        time.sleep(down)
        self.crew.restart(role, slot)
        return f"{slot}, {seconds:.1f} s"

    def twin(self, role, who):
        slot = self.crew.who(role, who)
        self.crew.hold(role, slot)
        code = self.crew.twin(role, slot)
        self.crew.release(role, slot)
        self.twins.append((f"{role}-{slot}", code))
        return "let in" if code is None else f"refused, exit code {code}"

    def look_at_alias(self):
        """While nobody of the role is about to write: the alias follows a release that is in the log."""
        path = self.crew.session.registry / self.crew.session.name / "aliases/champion.json"
        try:
            alias = json.loads(path.read_text())
        except (OSError, ValueError):
            return
        client = Client(self.site.broker.address)
        try:
            for record in client.read(self.crew.session.topic("releases")):
                if record.offset == alias["releaseOffset"]:
                    return
        finally:
            client.close()
        self.early.append(f"version {alias['version']} names offset {alias['releaseOffset']} of releases")

    # --- brokers and connections

    def broker(self, _, node, how, down):
        cluster = self.site.broker
        cluster.await_in_sync(self.site.client)
        getattr(cluster.nodes[node], how)()
        time.sleep(down)
        cluster.nodes[node].start().wait()
        began = time.monotonic()
        whole = cluster.await_in_sync(self.site.client)
        return f"in sync {time.monotonic() - began:.1f} s after its start" if whole else "not in sync after 90 s"

    def cut(self, _, node, how, seconds):
        if not self.site.broker.proxy:
            return "left out"
        self.site.broker.proxy.cut(node, how)
        time.sleep(seconds)
        self.site.broker.proxy.heal()

    def delay(self, _, node, milliseconds, jitter, seconds):
        if not self.site.broker.proxy:
            return "left out"
        self.site.broker.proxy.delay(node, milliseconds, jitter)
        time.sleep(seconds)
        self.site.broker.proxy.heal()

    # --- the disk

    def fill(self, _, seconds):
        if not self.disk:
            return "left out"
        path, block, size = self.disk / "filling", bytes(1 << 20), 0
        try:
            with path.open("wb", buffering=0) as file:
                end = time.monotonic() + seconds
                # What is freed meanwhile is filled as well.
                while time.monotonic() < end:
                    try:
                        size += file.write(block)
                    except OSError:
                        block = block[:max(512, len(block) // 2)]
                        time.sleep(0.05)
        finally:
            path.unlink(missing_ok=True)
        return f"{size >> 20} MiB"

    # --- event times

    def future(self, _, partition, records):
        return self.write(partition, records, timedelta(days=30))

    def behind(self, _, partition, records):
        return self.write(partition, records, timedelta(days=-3))

    def forward(self, _, partition, records):
        return self.write(partition, records, timedelta(hours=2))

    # --- what cannot be read

    def garbage(self, _, partition, records, seconds):
        """Ingest pauses at it, until its operators say that it may be set aside. It comes when all has been read, and the
        feed goes on afterwards: a paused partition is one that has more to say."""
        self.feed.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        newest = self.site.client.last("transactions", partition)
        for _ in range(records):
            self.site.client.produce("transactions", b"{", key=b"chaos", partition=partition, timestamp=newest.timestamp)
        self.site.client.flush()
        time.sleep(1)
        self.feed.process.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        file = self.crew.session.file
        file.write_text(file.read_text() + "\ndead_letters: { stop_share: 1 }\n")
        for slot in SLOTS:
            self.crew.leave("ingest", slot)
        for slot in SLOTS:
            self.crew.restart("ingest", slot)

    def write(self, partition, records, shift):
        """Events whose time is beside that of the partition's newest."""
        client = Client(self.site.broker.address)
        try:
            newest = client.last("transactions", partition)
            if newest is None:
                return "nothing is there yet"
            at = datetime.fromtimestamp(newest.timestamp / 1000, timezone.utc) + shift
            for number in range(records):
                self.next_id += 1
                event = {"tx_id": self.next_id, "datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "customer": number % 50, "terminal": number % 30, "amount": 17.25}
                client.produce("transactions", json.dumps(event).encode(), key=b"chaos", partition=partition,
                               timestamp=newest.timestamp)
            client.flush()
        finally:
            client.close()
        return f"event time {at:%Y-%m-%d %H:%M}"
