"""A streaming replica of the tests' PostgreSQL."""

import shutil
import subprocess
from pathlib import Path

from tests.services import Postgres, binary, wait_until


class Replica(Postgres):
    """Made by pg_basebackup of a running primary at the first start, which it follows from then on."""

    def __init__(self, folder: Path, primary: Postgres):
        super().__init__(folder)
        self.primary = primary
        self.command += ["-c", "wal_retrieve_retry_interval=200ms", "-c", "hot_standby_feedback=on"]
        self.command += ["-c", "track_activity_query_size=8192"]

    def _create(self) -> None:
        self.primary.encrypt()  # so that the copy can do it too
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        subprocess.run(
            [*self.user, binary("pg_basebackup"), "-D", self.data, "--write-recovery-conf",
             "--checkpoint=fast", "--no-sync", "--dbname", self.primary.url("postgres")],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip

    def catch_up(self) -> None:
        """Wait until it has all that the primary has by now."""
        position = self.primary.sql("SELECT pg_current_wal_lsn()")
        has_it = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
        wait_until(lambda: self.sql(has_it) == "t", "the replica to catch up")

    def pause(self) -> None:
        """Have it stand still, and answer from what it has."""
        self.sql("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self.sql("SELECT pg_wal_replay_resume()")

    def queries(self) -> str:
        """Return the last query of each connection that is open."""
        return self.sql("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
