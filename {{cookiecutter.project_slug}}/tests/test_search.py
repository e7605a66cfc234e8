import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.urls import reverse

#% if cookiecutter.tier == "scale"
from apps.documents import opensearch, search
from apps.documents.models import Document, SearchChange
#% else
from apps.documents import search
from apps.documents.models import Document
#% endif
##%
WEIRD = [
    "'",
    '"',
    "\\",
    "%",
    "_",
    "\x00",
    "&",
    "| !",
    ":*",
    "a & | b",
    "(((",
    "<->",
    "-minutes",
    "{}[]",
    "\ud800",
    "🙂",
    "x" * 10_000,
    "y " * 10_000,
]


@pytest.fixture
def add(user):
    """Return a function that stores a document and has it found."""

    def add(name, text=""):
        document = Document(name=name, owner=user)
        document.file.save("file.txt", ContentFile(text.encode()))
        search.index(document.pk)
        return document

    return add


def names(query):
    return [document.name for document in search.find(query, limit=50)]


def test_words_are_the_same_for_every_database():
    assert search.words("annual_report.v2: İt's “cafe\u0301”\x00 x²") == "annual report v2 İt s café x2"


@pytest.mark.parametrize("query", ["REPORT", "annual rep", "to be or", "question annual", "annual_report.t"])
def test_all_words_are_looked_for_in_name_and_text(add, query):
    add("annual_report.txt", "to be or not to be, that is the question")
    add("other.txt", "to be")
    assert names(query) == ["annual_report.txt"]


def test_no_word_lists_the_newest_first(add):
    for name in ("first", "second", "third"):
        add(name)
    assert names(" ?! ") == ["third", "second", "first"]
    assert len(search.find("", limit=2)) == 2


@pytest.mark.parametrize("query", WEIRD)
def test_whatever_is_typed_is_answered(add, query):
    add("minutes.txt")
    assert names(query) in (["minutes.txt"], [])


def test_the_beginning_of_a_long_text_is_searched(add, monkeypatch):
    monkeypatch.setattr(search, "LONGEST_TEXT", 20)
    add("long", "äöü " * 4 + "here there")
    assert names("here") == ["long"]
    assert names("there") == []


def test_a_text_in_another_encoding_is_found_by_its_name(add):
    document = add("latin.txt")
    document.file.save("file.txt", ContentFile("très\x00 bien".encode("latin-1")))
    search.index(document.pk)
    assert names("latin") == names("bien") == ["latin.txt"]


def test_a_new_name_counts_once_it_is_saved_in_the_admin(client, add):
    document = add("old.txt")
    client.force_login(get_user_model().objects.create_superuser("root"))
    form = {"name": "new.txt", "owner": document.owner_id}
    answer = client.post(reverse("admin:documents_document_change", args=[document.pk]), form)
    assert answer.status_code == 302, answer.content.decode()
    assert names("new") == ["new.txt"]
    assert names("old") == []


def test_a_removed_document_is_not_found(add):
    add("gone.txt").delete()
    assert names("gone") == []
#% if cookiecutter.tier == "scale"
##%
##%
def test_without_opensearch_the_database_finds_and_the_change_waits(add, settings, monkeypatch, caplog):
    monkeypatch.setattr(opensearch, "paused_until", 0)
    settings.OPENSEARCH_URL = "http://127.0.0.1:1"  # nothing listens there
    opensearch.client.cache_clear()
    document = add("minutes.txt")
    assert names("minutes") == ["minutes.txt"]
    assert opensearch.paused_until > 0
    assert opensearch.send_changes() == 1
    assert SearchChange.objects.get().document_id == document.pk
    assert "OpenSearch is told later" in caplog.text
#% endif
