from concurrent.futures import ThreadPoolExecutor

from django.contrib.staticfiles.storage import staticfiles_storage
from django.contrib.staticfiles.utils import get_files
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

AT_A_TIME = 8  # below the ten connections that the clients of buckets keep


class Command(BaseCommand):
    help = "Upload what collectstatic gathered to the CDN's bucket, but for what is there."
    requires_system_checks = ()

    def handle(self, *args, **options):
        collected = set(staticfiles_storage.hashed_files.values())
        if not collected:
            raise CommandError("Nothing is collected. First: python manage.py collectstatic --noinput")
        # A name stands for its content. What is no longer collected stays: pages of before a release need it.
        missing = collected.difference(get_files(storages["static_bucket"]))
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(upload, sorted(missing)))
        self.stdout.write(f"{len(missing)} of {len(collected)} files uploaded")


def upload(name: str) -> None:
    with staticfiles_storage.open(name) as file:
        storages["static_bucket"].save(name, file)
