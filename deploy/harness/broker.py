"""A real Apache Kafka on loopback, started from KAFKA_HOME the way a user would start it."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def free_ports(count):
    """Ports of loopback that nobody listens on; all are held open until the last is found, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Broker:
    """One node, broker and controller. Its data are removed when it stops, or when this process ends."""

    def __init__(self, heap_megabytes=768, properties=None):
        home = os.environ.get("KAFKA_HOME", "")
        if not os.access(f"{home}/bin/kafka-server-start.sh", os.X_OK):
            raise SystemExit("expected KAFKA_HOME to name an Apache Kafka distribution (it needs Java 17)")
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
        file = self.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        environment = {**os.environ, "KAFKA_HEAP_OPTS": f"-Xmx{heap_megabytes}m -Xms256m", "LOG_DIR": str(self.folder)}
        subprocess.run(
            [f"{home}/bin/kafka-storage.sh", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(file)],
            env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.log = self.folder / "server.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [f"{home}/bin/kafka-server-start.sh", str(file)], env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True)
        atexit.register(self.stop)
        self._watch()
        end = time.monotonic() + 90
        while "Kafka Server started" not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise SystemExit(f"the broker did not start:\n{tail}")
            time.sleep(0.1)

    def _watch(self):
        """Nothing here runs when this process is killed: a small shell ends the broker then."""
        subprocess.Popen(
            ["/bin/sh", "-c",
             f"while kill -0 {os.getpid()} 2> /dev/null && kill -0 {self.process.pid} 2> /dev/null; do sleep 1; done; "
             f"kill -9 {self.process.pid} 2> /dev/null; rm -rf '{self.folder}'"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
