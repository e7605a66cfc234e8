"""djust's state and presence on a Redis Cluster, whose masters share the keys."""

from functools import cache

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from djust.backends.redis import RedisPresenceBackend
from djust.backends.registry import set_presence_backend
from djust.state_backends.redis import RedisStateBackend
from djust.state_backends.registry import set_backend
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ClusterDownError
from redis.retry import Retry

TIMEOUT = 2  # seconds for one answer; a page waits at most twice as long


def connect(url: str, **options: bool) -> RedisCluster:
    """Return a client of the cluster that the node at `url` belongs to."""
    # The second try asks the other nodes who has the keys of a master that is gone.
    retry = Retry(NoBackoff(), 1)
    return RedisCluster.from_url(
        url, retry=retry, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, **options
    )


class StateBackend(RedisStateBackend):
    def __init__(self, url: str, **options: int):
        super().__init__(url, **options)
        self._client = connect(url)


class PresenceBackend(RedisPresenceBackend):
    def __init__(self, url: str):
        super().__init__(url)
        self._client = connect(url, decode_responses=True)

    # Braces keep both keys of a page on one master, so that there is one to ask, and one that can be away.

    def _zset_key(self, presence_key: str) -> str:
        return super()._zset_key("{" + presence_key + "}")

    def _meta_key(self, presence_key: str) -> str:
        return super()._meta_key("{" + presence_key + "}")


def use(url: str) -> None:
    """Make djust use the cluster, from the first view on: a process starts without Redis."""
    ttl = settings.DJUST_CONFIG["SESSION_TTL"]
    set_backend(SimpleLazyObject(lambda: StateBackend(url, default_ttl=ttl)))
    set_presence_backend(SimpleLazyObject(lambda: PresenceBackend(url)))


@cache
def client_of_probes(url: str) -> RedisCluster:
    # Kept, for it knows all nodes by now, while the one at `url` may be the one that is away.
    return connect(url)


def check(url: str) -> None:
    """Ask every master; raises an error of redis where one doesn't answer, or keeps out of the cluster."""
    answers = client_of_probes(url).cluster_info(target_nodes=RedisCluster.PRIMARIES)
    if any(answer["cluster_state"] != "ok" for answer in answers.values()):
        raise ClusterDownError("a master has lost the others")
