"""The search of a rendered project at scale: PostgreSQL's own, and what is said to OpenSearch.

OpenSearch is stood in for by tests/opensearch.py, so how the real one analyses, scores and keeps texts is not
shown here.
"""

import json
import re

import pytest

from tests import matrix, rendering
from tests.site import DATABASE, Site

COMBINATION = matrix.resolve(matrix.FIRST | {"tier": "scale"})
START = """
import json
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from apps.core.management.commands import doctor
from apps.documents import opensearch, search
from apps.documents.models import Document, SearchChange, SearchText

ada = get_user_model().objects.get(username="ada")

def add(name, text=""):
    document = Document(name=name, owner=ada)
    document.file.save("file.txt", ContentFile(text.encode()))
    search.index(document.pk)
    return document

Document.objects.all().delete()
opensearch.send_changes()
"""
WEIRD = [
    "'",
    '"',
    "\\",
    "%",
    "\x00",
    "| !",
    ":*",
    "a & | b",
    "(((",
    "<->",
    "-a",
    "\ud800",
    "🙂",
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def site(services, tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    return Site(rendering.project_of(COMBINATION), services, folder, COMBINATION).prepare()


@pytest.fixture
def shell(site):
    """Return a function that runs a script in the project and returns what `shown` then is."""

    def run(script: str, **env: str):
        printed = site.manage("shell", "-c", f"{START}{script}\nprint(json.dumps(shown))", **env)
        return json.loads(printed.splitlines()[-1])

    return run


def test_postgresql_ranks_uses_its_index_and_takes_whatever_is_typed(shell):
    shown = shell(f"""
add("annual_report.txt", "nothing of interest")
add("minutes.txt", "the annual report, and the annual report again")
add("other.txt", "annual accounts")
shown = {{"ranked": [Document.objects.get(pk=pk).name for pk in search.find_in_database("annual rep", 9)]}}
for query in {WEIRD!r}:
    search.find_in_database(search.words(query[:search.LONGEST_QUERY]) or "none", 9)
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("SET LOCAL enable_seqscan = off")
    query = search.SearchQuery("annual:*", config="simple", search_type="raw")
    shown["plan"] = SearchText.objects.filter(vector=query).order_by("-pk")[:10].explain()
""")
    assert shown["ranked"] == ["annual_report.txt", "minutes.txt"]
    assert "Bitmap Index Scan on search_text" in shown["plan"]


def test_opensearch_finds_what_postgresql_finds(shell):
    shown = shell("""
add("annual_report.txt", "nothing of interest")
add("minutes.txt", "the annual report")
removed = add("annual_removed.txt")
other = add("other.txt", "annual report")
add("unrelated.txt", "annual accounts")
opensearch.send_changes()
removed.delete()
Document.objects.filter(pk=other.pk).update(name="renamed report annual")
search.index(other.pk)
waiting = SearchChange.objects.count()
shown = {"waiting": waiting, "remaining": opensearch.send_changes()}
for name, find in (("opensearch", opensearch.find), ("database", search.find_in_database)):
    shown[name] = sorted(Document.objects.get(pk=pk).name for pk in find("annual rep", 9))
shown["best"] = Document.objects.get(pk=opensearch.find("annual report", 9)[0]).name
""")
    assert (shown["waiting"], shown["remaining"]) == (2, 0)
    assert shown["opensearch"] == shown["database"] == sorted(
        ["annual_report.txt", "minutes.txt", "renamed report annual"]
    )  # fmt: skip
    assert shown["best"] in ("annual_report.txt", "renamed report annual")


def test_an_older_version_that_comes_late_changes_nothing(shell):
    shown = shell("""
document = add("new.txt")
opensearch.send_changes()
late = opensearch.document(SearchText(pk=document.pk, name="old", text="old"), version=0)
shown = [list(opensearch.bulk(opensearch.ALIAS, [late])) == [document.pk],
         opensearch.find("new", 9) == [document.pk], opensearch.find("old", 9)]
""")
    assert shown == [True, True, []]


def test_a_rebuilt_index_has_all_that_there_is_and_nothing_else(shell):
    shown = shell("""
add("stays.txt")
gone = add("gone.txt")
opensearch.send_changes()
gone.delete()
SearchChange.objects.all().delete()  # as if OpenSearch were restored from an old snapshot
shown = {"before": len(opensearch.find("gone", 9)), "indices": []}
for arguments in (["--rebuild"], ["--rebuild"], []):
    call_command("search_index", *arguments)
    shown["indices"] += opensearch.client().indices.get_alias(name=opensearch.ALIAS)
shown["after"] = [len(opensearch.find(word, 9)) for word in ("stays", "gone")]
""")
    assert (shown["before"], shown["after"]) == (1, [1, 0])
    first, second, third = shown["indices"]
    assert first != second == third


def test_a_lost_index_is_not_made_by_guesswork_and_loses_nothing(site, shell):
    site.search.begin_anew()
    shown = shell("""
add("kept.txt")
shown = {"remaining": opensearch.send_changes(), "made": opensearch.has_index(), "doctor": ""}
shown["found"] = [document.name for document in search.find("kept", 9)]
try:
    doctor.search()
except doctor.WrongError as wrong:
    shown["doctor"] = f"{wrong}: {wrong.mend}"
call_command("search_index")
opensearch.paused_until = 0
shown["afterwards"] = len(opensearch.find("kept", 9))
""")
    assert shown["remaining"] > 0
    assert not shown["made"]
    assert shown["doctor"] == "OpenSearch has no index of documents: python manage.py search_index"
    assert (shown["found"], shown["afterwards"]) == (["kept.txt"], 1)


def test_a_release_makes_the_index_and_fails_for_no_more(site, shell):
    [command] = re.findall(
        r"^python manage.py (search_index.*)$", (site.folder / "deploy/release.sh").read_text(), re.MULTILINE
    )
    shell('shown = add("waits.txt").pk')
    site.search.stop()
    try:
        printed = site.manage(*command.split())
    finally:
        site.search.start()  # which has forgotten all
    site.manage(*command.split())
    waiting = int(site.postgres.sql("SELECT count(*) FROM documents_searchchange", DATABASE))
    assert "OpenSearch has no index to offer: ConnectionError" in printed
    assert waiting > 0
    assert shell("shown = [opensearch.has_index(), opensearch.send_changes()]") == [True, 0]


def test_wrong_credentials_leave_the_search_to_postgresql_and_stay_secret(site, shell):
    shown = shell("""
add("kept.txt")
shown = {"found": [document.name for document in search.find("kept", 9)]}
try:
    doctor.search()
except doctor.WrongError as wrong:
    shown["doctor"] = f"{wrong}: {wrong.mend}"
""", OPENSEARCH_URL=site.search.url().replace("app:", "app:wrong-"))  # fmt: skip
    assert shown["found"] == ["kept.txt"]
    assert (
        shown["doctor"] == "no answer (AuthenticationException): start OpenSearch, or correct OPENSEARCH_URL"
    )
