"""OpenSearch, which finds documents. What it has not been told yet is in the table of SearchChange.

A change is written in the transaction that makes it, and goes when OpenSearch has it. So an outage, or a task
that is lost, delays a change and loses none. Their order is free: OpenSearch keeps the highest version.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

#% if cookiecutter.celery != "none"
from celery import shared_task
#% endif
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from opensearchpy import OpenSearch, OpenSearchException, helpers

from apps.documents.models import Document, SearchChange, SearchText

ALIAS = "{{ cookiecutter.project_slug }}-documents"  # of the index that is in use
INDEX = {
    "mappings": {
        "dynamic": "strict",
        "properties": {"name": {"type": "text"}, "text": {"type": "text"}},
    }
}
FIND_TIMEOUT = 1  # seconds; somebody waits
SEND_TIMEOUT = 10  # seconds
PAUSE = 10  # seconds in which OpenSearch isn't asked after it has failed, or each search would wait for it
BATCH = 50  # documents
LONGEST_REQUEST = 5_000_000  # bytes; small domains of AWS refuse more than 10 MB
HAS_NEWER = 409  # status

logger = logging.getLogger(__name__)
# It would log each request, and each that fails with a traceback.
logging.getLogger("opensearch").setLevel(logging.ERROR)
paused_until = 0.0


@cache
def client() -> OpenSearch:
    return OpenSearch(settings.OPENSEARCH_URL, max_retries=0)


def find(wanted: str, limit: int) -> list[int] | None:
    """Return the numbers of documents that have all words, best first; None where OpenSearch can't say."""
    global paused_until
    if not settings.OPENSEARCH_URL or time.monotonic() < paused_until:
        return None
    words = {
        "query": wanted,
        "type": "bool_prefix",  # the last word may be unfinished
        "operator": "and",
        "fields": ["name^2", "text"],
    }
    body = {"query": {"multi_match": words}, "_source": False, "size": limit}
    try:
        answer = client().search(index=ALIAS, body=body, request_timeout=FIND_TIMEOUT)
    except OpenSearchException as error:
        paused_until = time.monotonic() + PAUSE
        # The type only: the message can hold what somebody has searched for.
        logger.warning("PostgreSQL searches for %d s: %s of OpenSearch", PAUSE, type(error).__name__)
        return None
    return [int(hit["_id"]) for hit in answer["hits"]["hits"]]


def change(document_id: int) -> None:
    """Have OpenSearch told of a document, once the transaction around this is committed."""
    if not settings.OPENSEARCH_URL:  # in development
        return
    SearchChange.objects.create(document_id=document_id)
#% if cookiecutter.celery == "none"
    transaction.on_commit(lambda: send_changes(document_id), robust=True)
#% else
    send.delay_on_commit(document_id)
#% endif
##%
##%
@receiver(post_delete, sender=Document)
def forget(instance: Document, **kwargs: Any) -> None:
    with transaction.atomic():
        change(instance.pk)
#% if cookiecutter.celery != "none"
##%
##%
@shared_task(acks_late=True)
def send(document_id: int) -> None:
    send_changes(document_id)


@shared_task(acks_late=True)
def send_what_is_left() -> None:
    send_changes()
#% endif
##%
##%
def send_changes(*document_ids: int) -> int:
    """Tell OpenSearch of some documents, or of all that it has not been told of; return how many remain."""
    changes = SearchChange.objects.all()
    if document_ids:
        changes = changes.filter(document_id__in=document_ids)
    seen = 0
    try:
        while batch := newest_changes(changes.filter(document_id__gt=seen)):
            seen = max(batch)
            for document_id in deliver(batch):
                SearchChange.objects.filter(document_id=document_id, pk__lte=batch[document_id]).delete()
    except OpenSearchException as error:
        logger.warning("OpenSearch is told later: %s", type(error).__name__)
    return changes.count()


def newest_changes(changes: QuerySet[SearchChange]) -> dict[int, int]:
    """Return the version of each document of the next batch."""
    newest = changes.order_by("document_id").values("document_id").annotate(version=Max("pk"))
    return dict(newest.values_list("document_id", "version")[:BATCH])


def deliver(versions: dict[int, int]) -> Iterator[int]:
    """Bring documents to where the database has them, and yield those of which OpenSearch now knows."""
    texts = SearchText.objects.in_bulk(versions)
    removals = [{"_op_type": "delete", "_id": pk} for pk in versions if pk not in texts]
    return bulk(ALIAS, [*removals, *(document(text, versions[pk]) for pk, text in texts.items())])


def document(text: SearchText, version: int) -> dict[str, Any]:
    return {
        "_id": text.pk,
        "version": version,
        "version_type": "external",
        "name": text.name,
        "text": text.text,
    }


def bulk(index: str, actions: Iterable[dict]) -> Iterator[int]:
    """Send actions in large requests, and yield the documents of which OpenSearch now knows."""
    results = helpers.streaming_bulk(
        client(),
        actions,
        index=index,
        max_chunk_bytes=LONGEST_REQUEST,
        raise_on_error=False,
        request_timeout=SEND_TIMEOUT,
        # Or the first document after a lost index would make one, with fields that OpenSearch guesses.
        require_alias=index == ALIAS,
    )
    for _, result in results:
        [answer] = result.values()
        if "error" not in answer or answer["status"] == HAS_NEWER:
            yield int(answer["_id"])
        else:
            logger.warning("OpenSearch refused document %s: %s", answer["_id"], answer["error"]["type"])


def rebuild() -> None:
    """Fill an index of its own beside the one in use, and change over once it is full."""
    index = f"{ALIAS}-{time.time_ns()}"
    client().indices.create(index=index, body=INDEX)
    filled = set(bulk(index, (document(text, version=0) for text in all_texts())))
    old = client().indices.get_alias(name=ALIAS) if has_index() else {}
    actions = [{"remove_index": {"index": name}} for name in old]
    client().indices.update_aliases(body={"actions": [{"add": {"index": index, "alias": ALIAS}}, *actions]})
    # Once more, for those that have come, changed or gone meanwhile.
    filled.update(SearchText.objects.values_list("pk", flat=True))
    SearchChange.objects.bulk_create((SearchChange(document_id=pk) for pk in filled), BATCH)


def all_texts() -> Iterator[SearchText]:
    last = 0
    while batch := SearchText.objects.filter(pk__gt=last).order_by("pk")[:BATCH]:
        yield from batch
        last = batch[len(batch) - 1].pk


def has_index() -> bool:
    return client().indices.exists_alias(name=ALIAS)
