from django.core.management.base import BaseCommand, CommandError
from opensearchpy import OpenSearchException

from apps.documents import opensearch


class Command(BaseCommand):
    help = "Make the index of documents where there is none, and tell OpenSearch of all that it doesn't know."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true", help="make it anew, while the old one answers")
        parser.add_argument("--release", action="store_true", help="make it, and do and demand no more")

    def handle(self, *args, rebuild, release, **options):
        try:
            if rebuild or not opensearch.has_index():
                opensearch.rebuild()
        except OpenSearchException as error:
            problem = f"OpenSearch has no index to offer: {type(error).__name__}"
            if not release:
                raise CommandError(problem) from error
            self.stderr.write(f"{problem}. PostgreSQL finds documents until it has one: repeat this")
        if release:  # there are always changes on their way, while the release before serves
            return
        if remaining := opensearch.send_changes():
            raise CommandError(f"OpenSearch has not been told of {remaining} changes; repeat this")
