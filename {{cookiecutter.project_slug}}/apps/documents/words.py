"""Count the words of a document."""

import re
from collections import Counter
from collections.abc import Iterable

from apps.documents import search
from apps.documents.models import Document
#% if cookiecutter.live_database == "no"
from apps.documents.push import documents_changed
#% endif
##%
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 (people type both apostrophes)
TOP = 10


def count(lines: Iterable[str]) -> Counter[str]:
    """Count words without regard to case; `don't` and `well-known` are one word each."""
    words = Counter()
    for line in lines:
        words.update(word.lower() for word in WORD.findall(line))
    return words


def count_document(pk: int) -> None:
    """Count the words of one document, have it found by them, and show each step in every open browser."""
    document = Document.objects.get(pk=pk)
    save(document, state=Document.State.COUNTING)
    search.index(pk)
    try:
        with document.file.open("rb") as file:
            words = count(line.decode() for line in file)
    except UnicodeDecodeError:
        save(document, state=Document.State.FAILED, error="This is not a UTF-8 text file.")
    else:
        save(document, state=Document.State.DONE, word_count=words.total(), top_words=words.most_common(TOP))


def save(document: Document, **changes) -> None:
    for name, value in changes.items():
        setattr(document, name, value)
    document.save(update_fields=[*changes, "changed_at"])
#% if cookiecutter.live_database == "no"
    documents_changed()
#% endif
