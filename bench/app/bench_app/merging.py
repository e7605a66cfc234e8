"""Session engines that save only what changed; a drop-in for the Django engine that BENCH_MERGED names."""

import copy
import importlib
import os

from django.contrib.sessions.backends.base import UpdateError

engine = importlib.import_module("django.contrib.sessions.backends." + os.environ.get("BENCH_MERGED", "db"))


class SessionStore(engine.SessionStore):
    """Merge on saving: take what is stored now, and bring in only the keys that changed here.

    A socket holds its session for hours, and saves it whole after each event: over what others saved since.
    """

    loaded: dict | None = None

    def load(self):
        data = super().load()
        self.loaded = copy.deepcopy(data)
        return data

    async def aload(self):
        data = await super().aload()
        self.loaded = copy.deepcopy(data)
        return data

    def save(self, must_create=False):
        if not must_create and self.loaded is not None:
            self.merge(self.loaded, self._session, self.load())
        super().save(must_create)

    async def asave(self, must_create=False):
        if not must_create and self.loaded is not None:
            self.merge(self.loaded, await self._aget_session(), await self.aload())
        await super().asave(must_create)

    def merge(self, base: dict, mine: dict, stored: dict) -> None:
        if self.session_key is None:  # load() found nothing: signed out meanwhile
            raise UpdateError
        changed = {key: value for key, value in mine.items() if key not in base or base[key] != value}
        kept = {key: value for key, value in stored.items() if key in mine or key not in base}
        self._session_cache = kept | changed
        self.loaded = copy.deepcopy(self._session_cache)
