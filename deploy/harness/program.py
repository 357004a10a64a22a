"""The built program, as users run it: a process."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def build(*products):
    """Builds release products and gives their paths. MILLRACE_BIN names a folder that holds them already."""
    ready = os.environ.get("MILLRACE_BIN")
    folder = Path(ready) if ready else ROOT / ".build/release"
    for product in products:
        if not ready:
            subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=ROOT, check=True)
    return [folder / product for product in products]


def newest_client_library():
    """The folder of a newer librdkafka below MILLRACE_TOOLS, or None."""
    tools = Path(os.environ.get("MILLRACE_TOOLS", "/nonexistent"))

    def order(path):
        return [int(n) for n in re.findall(r"\d+", path.parent.name)]

    found = sorted(tools.glob("librdkafka-*/lib"), key=order)
    return found[-1] if found else None


class Running:
    """A process with its output in a file. It is ended by its id when the harness leaves its `with`."""

    def __init__(self, program, *arguments, log, cwd=None, **environment):
        self.log = Path(log)
        self.output = self.log.open("ab")
        self.began = time.monotonic()
        self.peak_bytes = 0
        self.cpu_seconds = 0.0
        self.process = subprocess.Popen(
            [str(program), *map(str, arguments)], cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=self.output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def has_ended(self):
        return self.process.poll() is not None

    def sample(self):
        """Reads processor time and peak memory so far; call it before the process ends."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            self.cpu_seconds = (int(fields[11]) + int(fields[12])) / TICKS
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                self.peak_bytes = int(found[1]) * 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
        return self

    def resident_bytes(self):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    def stop(self, number=signal.SIGTERM, within=20):
        if not self.has_ended:
            self.sample()
            self.process.send_signal(number)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()
        return self.process.returncode

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self, count=1500):
        return self.text()[-count:]


def run(program, *arguments, cwd=None, check=True, timeout=600, **environment):
    """Runs to the end and gives the finished process with text output."""
    done = subprocess.run(
        [str(program), *map(str, arguments)], cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise SystemExit(
            f"{' '.join(map(str, done.args))}\nended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done
