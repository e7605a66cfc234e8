"""Full-text search of documents.

#% if cookiecutter.tier == "scale"
PostgreSQL keeps what can be found, and OpenSearch finds it; while OpenSearch is away, PostgreSQL does.
#% else
PostgreSQL keeps what can be found, and finds it.
#% endif
SQLite, in development, looks for each word anywhere in the text, and doesn't rank.
"""

import re
import unicodedata

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connection, transaction
from django.db.models import F, Q, Value

#% if cookiecutter.tier == "scale"
from apps.documents import opensearch
#% endif
from apps.documents.models import Document, SearchText

LONGEST_TEXT = 100_000  # characters that are searched; PostgreSQL's limit is 1 MB for a text's distinct words
LONGEST_QUERY = 200  # characters
RANKED = 1000  # the newest that match: to rank a document, PostgreSQL reads all its words
WORD = re.compile(r"[^\W_]+")


def words(text: str) -> str:
    """Return the words of a text, with a blank between them.

    Databases disagree on where words end (in `annual_report.txt`, say), so none of them is left to decide.
    What remains has no special meaning in any query language.
    """
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text)))


def index(pk: int) -> None:
    """Have a document found by its name and by the beginning of its text."""
    document = Document.objects.get(pk=pk)
    with document.file.open("rb") as file:
        text = file.read(4 * LONGEST_TEXT).decode(errors="ignore")[:LONGEST_TEXT]
    found_by = {"name": words(document.name), "text": words(f"{document.name} {text}")}
    if connection.vendor == "postgresql":
        found_by["vector"] = sum_of_weights(**found_by)
    with transaction.atomic():
        SearchText.objects.update_or_create(document=document, defaults=found_by)
#% if cookiecutter.tier == "scale"
        opensearch.change(pk)
#% endif
##%
##%
def sum_of_weights(name: str, text: str) -> SearchVector:
    # Simple: words as they are, whatever their language.
    return SearchVector(Value(name), weight="A", config="simple") + SearchVector(
        Value(text), weight="B", config="simple"
    )


def find(query: str, limit: int) -> list[Document]:
    """Return documents that have all words of a query, best first; its last word may be unfinished.

    Without a word in it, return the newest.
    """
    documents = Document.objects.select_related("owner")
    wanted = words(query[:LONGEST_QUERY])
    if not wanted:
        return list(documents[:limit])
#% if cookiecutter.tier == "scale"
    found = opensearch.find(wanted, limit)
    if found is None:
        found = find_in_database(wanted, limit)
#% else
    found = find_in_database(wanted, limit)
#% endif
    by_pk = documents.in_bulk(found)
    return [by_pk[pk] for pk in found if pk in by_pk]


def find_in_database(wanted: str, limit: int) -> list[int]:
    if connection.vendor == "postgresql":
        query = SearchQuery(" & ".join(wanted.split()) + ":*", config="simple", search_type="raw")
        newest = SearchText.objects.filter(vector=query).order_by("-pk")[:RANKED]
        found = SearchText.objects.filter(pk__in=newest.values("pk"))
        found = found.order_by(SearchRank(F("vector"), query).desc(), "-pk")
    else:
        each = Q(*(("text__icontains", word) for word in wanted.split()))
        found = SearchText.objects.filter(each).order_by("-pk")
    return list(found.values_list("pk", flat=True)[:limit])
