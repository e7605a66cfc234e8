"""A Redis Cluster of real servers, for the sites of the scale tier."""

import signal
from pathlib import Path

from tests.services import Redis, free_port, wait_until

SLOTS = 16384


class RedisCluster:
    """Three masters that share the slots, and a replica of each if wanted; used like one server.

    `nodes` has the masters first, and then their replicas in the same order.
    """

    MASTERS = 3

    def __init__(self, folder: Path, *, password: str, config: Path, replicas: bool = False):
        self.password = password
        self.nodes = [
            Redis(
                folder, password=password, config=config,
                options=["--cluster-config-file", f"{password}-{number}.conf", "--masterauth", password],
            )
            for number in range(self.MASTERS * (2 if replicas else 1))
        ]  # fmt: skip
        self.bus = [free_port() for _ in self.nodes]  # the ports on which they speak with each other
        for node, port in zip(self.nodes, self.bus, strict=True):
            node.command += ["--cluster-port", str(port)]

    @property
    def masters(self) -> list[Redis]:
        return self.nodes[: self.MASTERS]

    @property
    def replicas(self) -> list[Redis]:
        return self.nodes[self.MASTERS :]

    def url(self) -> str:
        return self.nodes[0].url()

    def start(self) -> "RedisCluster":
        """Start all nodes, and make them a cluster where they aren't one yet."""
        try:
            for node in self.nodes:
                node.start()
            if not self._knows_all(self.nodes[0]):
                self._create()
            wait_until(lambda: all(map(self._is_whole, self.nodes)), "the cluster to be whole")
            wait_until(lambda: all(map(self._is_filled, self.replicas)), "the replicas to have their copies")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        for node in self.nodes:
            node.stop(with_signal)

    def cli(self, *words: str) -> str:
        """Run one command on each master, as redis-cli does, and return what they print."""
        return "\n".join(node.cli(*words) for node in self.masters)

    def _create(self) -> None:
        first, *others = self.nodes
        bounds = [SLOTS * number // self.MASTERS for number in range(self.MASTERS + 1)]
        for master, start, end in zip(self.masters, bounds, bounds[1:], strict=False):
            master.cli("CLUSTER", "ADDSLOTSRANGE", str(start), str(end - 1))
        for number, node in enumerate(self.nodes, 1):
            node.cli("CLUSTER", "SET-CONFIG-EPOCH", str(number))
        for node in others:
            node.cli("CLUSTER", "MEET", "127.0.0.1", str(first.port), str(self.bus[0]))
        wait_until(lambda: all(map(self._knows_all, self.nodes)), "the nodes to know each other")
        for master, replica in zip(self.masters, self.replicas, strict=False):
            replica.cli("CLUSTER", "REPLICATE", master.cli("CLUSTER", "MYID"))

    def _knows_all(self, node: Redis) -> bool:
        return f"cluster_known_nodes:{len(self.nodes)}" in node.cli("CLUSTER", "INFO").splitlines()

    def _is_whole(self, node: Redis) -> bool:
        info = node.cli("CLUSTER", "INFO").splitlines()
        return {"cluster_state:ok", f"cluster_slots_ok:{SLOTS}", f"cluster_size:{self.MASTERS}"} <= set(info)

    def _is_filled(self, replica: Redis) -> bool:
        return "master_link_status:up" in replica.cli("INFO", "replication")

    def __enter__(self) -> "RedisCluster":
        return self.start()

    def __exit__(self, *exception) -> None:
        self.stop()
