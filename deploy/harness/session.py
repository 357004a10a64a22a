"""A pipeline on a real broker: its file, its worker, what its topics say."""

import hashlib
import json
import re
import shutil
import tempfile
import time
from pathlib import Path

from .broker import Broker
from .client import Client
from .program import ROOT, Running, build, run

ARROWS = "slices datasets retrain models releases aliases requests dead-letters".split()
ROLES = "ingest transform train publish".split()


class Site:
    """A broker, a folder, and the program; ended with its `with`."""

    def __enter__(self):
        (self.millrace,) = build("millrace")
        self.folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
        self.broker = Broker()
        self.client = Client(self.broker.address)
        return self

    def __exit__(self, *_):
        self.client.close()
        self.broker.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Session:
    """One pipeline. Several of one site may read the same source topics, each under its own name."""

    def __init__(self, site, name, example, edit=lambda text: text):
        self.site, self.name = site, name
        self.state = site.folder / name / "state"
        self.registry = site.folder / name / "registry"
        (site.folder / name).mkdir(exist_ok=True)
        text = (ROOT / "deploy/pipelines" / example).read_text()
        for pattern, replacement in (
                (r"^pipeline:.*$", f"pipeline: {name}"), (r"^folder:.*$", f"folder: {self.state}"),
                (r"^kafka:.*$", f"kafka: {{ brokers: \"{site.broker.address}\" }}"),
                (r"^registry:.*$", f"registry: {{ path: {self.registry} }}")):
            text = re.sub(pattern, replacement, text, flags=re.M)
        self.file = site.folder / name / "pipeline.yaml"
        self.file.write_text(edit(text))
        self.log = site.folder / name / "log"

    def command(self, *arguments, **options):
        name, *rest = arguments
        return run(self.site.millrace, name, "-f", self.file, *rest, **options)

    def json(self, *arguments):
        return json.loads(self.command(*arguments, "--json", check=False).stdout)

    def start(self, *arguments, **environment):
        return Running(self.site.millrace, "run", "-f", self.file, *arguments, log=self.log, **environment)

    def topic(self, arrow):
        return f"millrace.{self.name}.{arrow}"

    def messages(self, arrow, *kinds):
        topic = self.topic(arrow)
        if not self.site.client.partitions(topic):
            return []
        return [(kind, attributes, data) for kind, attributes, data in self.site.client.messages(topic)
                if not kinds or kind in kinds]

    def datasets(self):
        """By beginning of the window, RFC 3339 or as the message has it."""
        return [data for _, _, data in self.messages("datasets", "dataset.ready")]

    def ends(self):
        client = self.site.client
        return [client.ends(self.topic(a)) for a in ("slices", "datasets", "models", "releases")]

    def wait(self, condition, what, worker, within=300, every=0.5):
        end = time.monotonic() + within
        while not condition():
            if worker is not None and worker.has_ended:
                raise SystemExit(f"the worker ended while waiting for {what}:\n{worker.tail(3000)}")
            if time.monotonic() > end:
                raise SystemExit(f"waited {within} s for {what}:\n{worker.tail(3000) if worker else ''}")
            if worker is not None:
                worker.sample()
            time.sleep(every)

    def consumed(self, topics=("transactions", "labels")):
        """Whether ingest has committed all that the sources hold."""
        client = self.site.client
        for topic in topics:
            ends = client.ends(topic)
            found = client.committed(f"millrace.{self.name}.ingest", topic, len(ends))
            if any((f or 0) < e for f, e in zip(found, ends)):
                return False
        return True

    def wait_until_quiet(self, worker, seconds=10, within=300, all_made=False):
        """Until all input is committed, every run has its end, and no control topic has grown for some seconds.

        With `all_made`, all must be there that can be: a slow machine rests for longer than some seconds.
        """
        last, since = None, time.monotonic()

        def is_quiet():
            nonlocal last, since
            now = (self.ends(), self.consumed())
            if now != last or not now[1]:
                last, since = now, time.monotonic()
                return False
            return time.monotonic() - since > seconds and not self.open_runs() and (not all_made or self.all_made())

        self.wait(is_quiet, "the pipeline to be quiet", worker, within)

    def all_made(self):
        """Whether every window that all partitions have sealed has its dataset, and train has read them all."""
        through = {}
        for _, _, data in self.messages("slices", "slice.sealed"):
            through[data["topic"], data["partition"]] = data["sealedThrough"]
        sources = sum(self.site.client.partitions(topic) for topic in ("transactions", "labels"))
        if not through or len(through) < sources:
            return False
        made = max((data["window"]["end"] for data in self.datasets()), default="")
        lags = {group["role"]: group["lag"] for group in self.json("lag")}
        return made >= min(through.values()) and lags.get("train") == 0

    def open_runs(self):
        kinds = {}
        for kind, _, data in self.messages("models", "run.started", "run.failed", "run.refused", "model.trained"):
            kinds.setdefault(data["run"], set()).add(kind)
        verdicts = {self.verdict(data)["run"] for _, _, data in self.messages("releases")}
        return [r for r, k in kinds.items() if not ({"run.failed", "run.refused"} & k) and r not in verdicts]

    @staticmethod
    def verdict(data):
        return data.get("verdict", data)

    def runs(self):
        """(run, kind of its end, version) in order."""
        out = [(data["run"], kind, None)
               for kind, _, data in self.messages("models", "run.failed", "run.refused")]
        for kind, _, data in self.messages("releases"):
            verdict = self.verdict(data)
            out.append((verdict["run"], kind, verdict.get("version")))
        return sorted(out, key=str)

    def audit(self):
        return self.command("audit", check=False, timeout=900)

    def forget(self):
        """Everything but the source topics: files, control topics, offsets. What is left is a fresh installation."""
        client = self.site.client
        for arrow in ARROWS:
            if client.partitions(self.topic(arrow)):
                client.delete_topic(self.topic(arrow))
        self.delete_groups()
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.registry, ignore_errors=True)

    def delete_groups(self):
        for role in ROLES:
            for _ in range(60):
                try:
                    self.site.client.delete_group(f"millrace.{self.name}.{role}")
                    break
                except Exception as trouble:
                    # A killed member belongs to its group until its session ends.
                    if "not the group" in str(trouble).lower() or "not found" in str(trouble).lower() \
                            or "does not exist" in str(trouble).lower():
                        break
                    time.sleep(1)

    def files(self, *folders):
        """Checksums of all files below folders of the state, by path."""
        out = {}
        for folder in folders:
            for path in sorted((self.state / folder).rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    out[str(path.relative_to(self.state))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return out
