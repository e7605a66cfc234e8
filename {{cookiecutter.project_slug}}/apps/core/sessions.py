"""Sessions in the database, saved so that pages and tabs of one visitor don't undo each other."""

import copy

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import router, transaction
from django.utils import timezone
from structlog.contextvars import bind_contextvars


class SessionStore(db.SessionStore):
    """Save only the keys that changed since they were read, into what is stored by now.

    A socket reads the session as it opens, holds it for hours, and saves it after each event. Django's own
    engine would save all of it: a search on one page was gone after an event on another, and so was
    whatever a page had put into the session meanwhile. If a key changed on both sides, the last save wins.

    Saving raises UpdateError if the session was deleted or expired after it was read, as after a sign-out.
    """

    before: dict | None = None  # what was stored when this store last read or saved; None: it did neither

    def load(self):
        data = super().load()
        self.before = copy.deepcopy(data)
        if SESSION_KEY in data:
            bind_contextvars(user_id=data[SESSION_KEY])  # for all that is logged from here on
        return data

    async def aload(self):
        return await sync_to_async(self.load)()

    def save(self, must_create=False):
        if must_create or self.session_key is None:
            super().save(must_create)
        else:
            self.merge()
        self.before = copy.deepcopy(self._session)

    async def asave(self, must_create=False):
        # In one go, for each change to the thread of the database is time that an event waits.
        await sync_to_async(self.save)(must_create)

    def merge(self) -> None:
        mine = self._session
        database = router.db_for_write(self.model)
        with transaction.atomic(using=database):
            # Locked until it is saved: otherwise a save of somebody else could fall in between.
            rows = self.model.objects.using(database).select_for_update()
            row = rows.filter(session_key=self.session_key, expire_date__gt=timezone.now()).first()
            if row is None:
                raise UpdateError
            stored = self.decode(row.session_data)
            # A session that is cleared before anybody reads it loses all that is stored.
            before = stored if self.before is None else self.before
            changed = {key: value for key, value in mine.items() if key not in before or before[key] != value}
            kept = {key: value for key, value in stored.items() if key in mine or key not in before}
            self._session_cache = kept | changed
            self.create_model_instance(self._session_cache).save(force_update=True, using=database)
