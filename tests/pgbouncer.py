"""PgBouncer under a rendered project's own configuration; with TLS, it stands in for a cloud's pooler."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from tests.services import Server, free_port, over_tls

# PgBouncer refuses to be root.
AS_POSTGRES = () if os.geteuid() else ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


class PgBouncer(Server):
    """A pooler in front of one database, which `url` tells how to reach.

    `files` is the folder that a project has it in; `tls` is a certificate for localhost and its key.
    """

    def __init__(self, folder: Path, files: Path, url: str, tls: tuple[Path, Path] | None = None):
        # Where the user that it becomes can read it, and write.
        shutil.copytree(files, folder / "files")
        port, self.tls, self.database = free_port(), tls, urlsplit(url)
        certificate, key = tls or ("", "")
        variables = {
            "DATABASE_NAME": self.database.path[1:],
            "DATABASE_HOST": self.database.hostname,
            "DATABASE_PORT": self.database.port,
            "DATABASE_USER": self.database.username,
            "DATABASE_PASSWORD": self.database.password,
            "LISTEN_ADDRESS": "127.0.0.1",
            "LISTEN_PORT": port,
            "TLS_CERTIFICATE": certificate,
            "TLS_CERTIFICATE_KEY": key,
        }
        if AS_POSTGRES:
            shutil.chown(folder, "postgres", "postgres")
        env = os.environ | {name: str(value) for name, value in variables.items()}
        command = [*AS_POSTGRES, "sh", "files/start.sh"]
        super().__init__(f"pgbouncer-{port}", command, folder, port=port, env=env)

    def url(self) -> str:
        login, _, _ = self.database.netloc.rpartition("@")
        url = f"postgresql://{login}@127.0.0.1:{self.port}{self.database.path}"
        return over_tls(url, self.tls[0]) if self.tls else url
