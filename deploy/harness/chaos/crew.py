"""The processes: two of every role, as in production, each with an instance name of its own and all with one folder."""

import json
import os
import re
import signal
import threading
import time

from ..program import Running
from .plan import ROLES, SLOTS


class Crew:
    def __init__(self, session, logs, **environment):
        self.session, self.logs, self.environment = session, logs, environment
        self.processes = {}
        self.deaths = 0
        self.peaks = dict.fromkeys(ROLES, 0)
        # What ended though nobody ended it: (role, slot, code, last words).
        self.fallen = []
        # Those whose end is somebody's doing. A lane works on its own role alone; the watch looks at all.
        self.in_hand = set()
        self.lock = threading.Lock()

    def __enter__(self):
        for role in ROLES:
            for slot in SLOTS:
                self.start(role, slot)
        return self

    def __exit__(self, *_):
        self.in_hand = {(role, slot) for role in ROLES for slot in SLOTS}
        for process in self.processes.values():
            if not process.has_ended:
                process.process.send_signal(signal.SIGCONT)
                process.process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.stop(within=15)

    def start(self, role, slot, **environment):
        self.processes[role, slot] = Running(
            self.session.site.millrace, "run", "-f", self.session.file, "--roles", role, "--instance", f"{role}-{slot}",
            "--no-http", "--log-level", "debug", log=self.log(role, slot), **self.environment, **environment)
        return self.processes[role, slot]

    def log(self, role, slot):
        return self.logs / f"{role}-{slot}.log"

    def hold(self, role, slot):
        """The watch leaves it alone from now on."""
        with self.lock:
            self.in_hand.add((role, slot))
        return self.processes[role, slot]

    def release(self, role, slot):
        with self.lock:
            self.in_hand.discard((role, slot))

    def kill(self, role, slot):
        process = self.hold(role, slot)
        process.sample()
        process.process.kill()
        process.process.wait()
        process.output.close()
        self.deaths += 1

    def leave(self, role, slot, within=20):
        """In order, as at a SIGTERM. - Returns its exit code."""
        return self.hold(role, slot).stop(within=within)

    def restart(self, role, slot, **environment):
        process = self.start(role, slot, **environment)
        self.release(role, slot)
        return process

    def who(self, role, which):
        """The slot of the process that has the role, or of the other one."""
        active = next((slot for slot in SLOTS if self.has_role(role, slot)), SLOTS[0])
        return active if which == "active" else next(slot for slot in SLOTS if slot != active)

    def has_role(self, role, slot):
        try:
            said = json.loads((self.session.state / f"status/{role}-{slot}.json").read_text())
            return "another process" not in said["roles"][0]["detail"] and "other processes" not in said["roles"][0]["detail"]
        except (OSError, ValueError, LookupError):
            return False

    def watch(self):
        """Looks at all of them, and starts again what ended by itself."""
        for (role, slot), process in list(self.processes.items()):
            process.sample()
            self.peaks[role] = max(self.peaks[role], process.peak_bytes)
            with self.lock:
                # Between the look at the list and here a lane may have put another in its place.
                if (role, slot) in self.in_hand or self.processes[role, slot] is not process or not process.has_ended:
                    continue
                self.fallen.append((role, slot, process.process.returncode, process.tail(600)))
                self.start(role, slot)

    def said(self, pattern):
        """How often a line of any log of theirs matches."""
        expression = re.compile(pattern.encode())
        return sum(len(expression.findall(path.read_bytes())) for path in self.logs.glob("*.log"))

    def twin(self, role, slot, within=20):
        """A second process by the name of one that lives. - Returns its exit code; None when it was let in."""
        with Running(self.session.site.millrace, "run", "-f", self.session.file, "--roles", role, "--instance",
                     f"{role}-{slot}", "--no-http", log=self.logs / f"twin-{role}-{slot}.log",
                     **self.environment) as process:
            end = time.monotonic() + within
            while not process.has_ended and time.monotonic() < end:
                time.sleep(0.1)
            return process.process.poll()


def mount(folder, megabytes):
    """A small disk of its own. - Returns whether that can be had here."""
    return os.geteuid() == 0 and os.system(
        f"mount -t tmpfs -o size={megabytes}m millrace-chaos '{folder}' 2> /dev/null") == 0


def unmount(folder):
    os.system(f"umount -l '{folder}' 2> /dev/null")
