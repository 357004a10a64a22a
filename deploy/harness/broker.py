"""A real Apache Kafka on loopback, started from KAFKA_HOME the way a user would start it."""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"


def free_ports(count):
    """Ports of loopback that nobody listens on. Below those that the system gives to outgoing connections: one of these
    could take the port of a broker that is away for a moment."""
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        first = 32768
    ports = []
    while len(ports) < count:
        port = random.randrange(max(1025, first // 2), first)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


def end_with_this_process(identifier, folder=None):
    """Nothing here runs when this process is killed: a small shell ends the other then."""
    remove = f"rm -rf '{folder}'" if folder else ":"
    subprocess.Popen(
        ["/bin/sh", "-c",
         f"while kill -0 {os.getpid()} 2> /dev/null && kill -0 {identifier} 2> /dev/null; do sleep 1; done; "
         f"kill -0 {os.getpid()} 2> /dev/null || {{ kill -9 {identifier} 2> /dev/null; {remove}; }}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


class Node:
    """One process of a broker, with its data in a folder: can be killed and started again on them."""

    def __init__(self, folder, settings, heap_megabytes):
        self.home = os.environ.get("KAFKA_HOME", "")
        if not os.access(f"{self.home}/bin/kafka-server-start.sh", os.X_OK):
            raise SystemExit("expected KAFKA_HOME to name an Apache Kafka distribution (it needs Java 17)")
        self.folder = folder
        self.file = folder / "server.properties"
        self.file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.environment = {
            **os.environ, "KAFKA_HEAP_OPTS": f"-Xmx{heap_megabytes}m -Xms{min(256, heap_megabytes)}m",
            "LOG_DIR": str(folder)}
        self.log = folder / "server.log"
        self.process = None
        # Waited for at the start: nodes of a cluster are made ready together.
        self.formatting = subprocess.Popen(
            [f"{self.home}/bin/kafka-storage.sh", "format", "-t", CLUSTER_ID, "-c", str(self.file)],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        if self.formatting.wait():
            raise SystemExit(f"kafka-storage.sh could not format {self.folder}: see {self.file}")
        self.seen = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [f"{self.home}/bin/kafka-server-start.sh", str(self.file)], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        end_with_this_process(self.process.pid, self.folder)
        return self

    def wait(self, within=90):
        """Until this start of it is ready."""
        end = time.monotonic() + within
        while b"Kafka Server started" not in self.log.read_bytes()[self.seen:]:
            if self.process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise SystemExit(f"the broker did not start:\n{tail}")
            time.sleep(0.1)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, within=20):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()


class Broker:
    """One node, broker and controller. Its data are removed when it stops, or when this process ends."""

    def __init__(self, heap_megabytes=768, properties=None):
        self.folder = Path(tempfile.mkdtemp(prefix="kafka-"))
        port, controller = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "log.retention.ms": -1,
            **{f"{p}.replication.factor": 1 for p in
               ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")},
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.num.partitions": 4,
            **(properties or {}),
        }
        self.node = Node(self.folder, settings, heap_megabytes)
        atexit.register(self.stop)
        self.node.start().wait()

    def stop(self):
        self.node.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
