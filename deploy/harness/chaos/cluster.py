"""Three nodes of a real Apache Kafka, replicated, behind a proxy that cuts and delays what clients say to them."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from ..broker import Node, end_with_this_process, free_ports
from .plan import NODES

PROXY = "toxiproxy-server"


class Cluster:
    """`start()` to `stop()`. Brokers talk to each other directly; clients go through the proxy, where there is one."""

    def __init__(self, heap_megabytes=320):
        self.folder = Path(tempfile.mkdtemp(prefix="kafka-cluster-"))
        atexit.register(self.stop)
        ports = free_ports(NODES * 4 + 1)
        inner, controllers, clients, fronts = (ports[i * NODES:(i + 1) * NODES] for i in range(4))
        self.proxy = Proxy(ports[-1], dict(zip(range(1, NODES + 1), zip(fronts, clients)))) if Proxy.program() else None
        advertised = fronts if self.proxy else clients
        self.address = ",".join(f"127.0.0.1:{port}" for port in advertised)
        voters = ",".join(f"{n + 1}@127.0.0.1:{port}" for n, port in enumerate(controllers))
        self.nodes = {}
        for index in range(NODES):
            folder = self.folder / str(index + 1)
            folder.mkdir()
            self.nodes[index + 1] = Node(folder, {
                "process.roles": "broker,controller",
                "node.id": index + 1,
                "controller.quorum.voters": voters,
                "controller.listener.names": "CONTROLLER",
                "inter.broker.listener.name": "INNER",
                "listeners": f"CLIENTS://127.0.0.1:{clients[index]},INNER://127.0.0.1:{inner[index]},"
                             f"CONTROLLER://127.0.0.1:{controllers[index]}",
                "advertised.listeners": f"CLIENTS://127.0.0.1:{advertised[index]},INNER://127.0.0.1:{inner[index]}",
                "listener.security.protocol.map": "CLIENTS:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "log.dirs": folder / "data",
                "auto.create.topics.enable": "false",
                "log.retention.ms": -1,
                "default.replication.factor": NODES,
                "min.insync.replicas": 2,
                **{f"{topic}.replication.factor": NODES for topic in
                   ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")},
                "transaction.state.log.min.isr": 2,
                "offsets.topic.num.partitions": 6,
                "transaction.state.log.num.partitions": 6,
                "group.initial.rebalance.delay.ms": 0,
                "group.min.session.timeout.ms": 1000,
                # A dead node is noticed within seconds.
                "broker.session.timeout.ms": 3000,
                "broker.heartbeat.interval.ms": 500,
                "replica.lag.time.max.ms": 5000,
                # Small heaps.
                "log.cleaner.dedupe.buffer.size": 16 << 20,
                "num.io.threads": 4, "num.network.threads": 2,
            }, heap_megabytes)

    def start(self):
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.wait()
        if self.proxy:
            self.proxy.start(self.folder)
        return self

    def await_in_sync(self, client, within=90):
        """Until every partition has all its replicas, so that the next node may fall."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                if client.in_sync() == NODES:
                    return True
            except Exception:
                pass
            time.sleep(0.3)
        return False

    def stop(self):
        if self.proxy:
            self.proxy.stop()
        # Together: the last of them could not hand anything over to anybody.
        for node in self.nodes.values():
            if node.process is not None and node.process.poll() is None:
                node.process.kill()
                node.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Proxy:
    """A toxiproxy with an entrance for each node."""

    @staticmethod
    def program():
        path = Path(os.environ.get("MILLRACE_TOOLS", "/nonexistent")) / PROXY
        return path if os.access(path, os.X_OK) else shutil.which(PROXY)

    def __init__(self, port, ways):
        """`ways`: node to (port for clients, port of the node)."""
        self.port, self.ways, self.process = port, ways, None

    def start(self, folder):
        with (folder / "proxy.log").open("wb") as log:
            self.process = subprocess.Popen(
                [str(self.program()), "-host", "127.0.0.1", "-port", str(self.port)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
        end_with_this_process(self.process.pid)
        end = time.monotonic() + 20
        while True:
            try:
                self.ask("GET", "/version")
                break
            except OSError:
                if time.monotonic() > end:
                    raise SystemExit("the proxy did not start") from None
                time.sleep(0.1)
        for node, (front, back) in self.ways.items():
            self.ask("POST", "/proxies", {"name": f"node{node}", "listen": f"127.0.0.1:{front}",
                                          "upstream": f"127.0.0.1:{back}", "enabled": True})

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def nodes(self, which):
        return list(self.ways) if which == "all" else [which]

    def cut(self, which, how):
        for node in self.nodes(which):
            if how == "refused":
                self.ask("POST", f"/proxies/node{node}", {"enabled": False})
            else:
                # Everything vanishes, and connections stay open.
                for stream in ("upstream", "downstream"):
                    self.ask("POST", f"/proxies/node{node}/toxics",
                             {"name": f"silent-{stream}", "type": "timeout", "stream": stream, "attributes": {"timeout": 0}})

    def delay(self, which, milliseconds, jitter):
        for node in self.nodes(which):
            self.ask("POST", f"/proxies/node{node}/toxics",
                     {"name": "slow", "type": "latency", "stream": "downstream",
                      "attributes": {"latency": milliseconds, "jitter": jitter}})

    def heal(self):
        """Ends all cuts and delays."""
        self.ask("POST", "/reset")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
