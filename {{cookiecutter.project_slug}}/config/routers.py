from django.db import connections

from config import replica


class ReplicaRouter:
    """Read from the replica what config/replica.py names, and all else from the primary."""

    def db_for_read(self, model, **hints):
        replicated = model._meta.app_label in replica.APPS
        # What a transaction reads is often what it goes on to write.
        if replicated and not connections["default"].in_atomic_block and replica.is_usable():
            return "replica"
        return "default"

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, one, other, **hints):
        return True  # all aliases are the same database

    def allow_migrate(self, db, app_label, **hints):
        return False if db == "replica" else None
