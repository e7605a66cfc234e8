import tempfile

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from djust.testing import LiveViewTestClient

from apps.documents.models import Document
from apps.documents.views import DocumentsView
from apps.documents.words import count, count_document


def add_document(owner, content=b"one two two", name="notes.txt"):
    document = Document(name=name, owner=owner)
    document.file.save(name, ContentFile(content))
    return document


def test_count_ignores_case_and_keeps_joined_words():
    assert count(["Don't stop.", "don't well-known 42"]) == {"don't": 2, "stop": 1, "well-known": 1}


def test_counting_fills_the_row(user):
    document = add_document(user, b"b " * 3 + b"a " * 2)
    count_document(document.pk)
    document.refresh_from_db()
    assert (document.state, document.word_count, document.top_words) == ("done", 5, [["b", 3], ["a", 2]])


def test_counting_says_why_it_failed(user):
    document = add_document(user, b"\xff\xfe")
    count_document(document.pk)
    document.refresh_from_db()
    assert (document.state, document.error) == ("failed", "This is not a UTF-8 text file.")


def test_counting_goes_on_when_nobody_can_be_told(user, settings, django_capture_on_commit_callbacks):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},  # nothing listens there
        }
    }
    document = add_document(user)
    with django_capture_on_commit_callbacks(execute=True):
        count_document(document.pk)
    document.refresh_from_db()
    assert document.state == "done"


def test_search_narrows_the_list(user):
    for name in ("minutes.txt", "novel.txt"):
        count_document(add_document(user, name=name).pk)
    page = LiveViewTestClient(DocumentsView, user=user).mount()
    page.send_event("search", value="NOV")
    assert "novel.txt" in page.render()
    assert "minutes.txt" not in page.render()


def test_document_can_be_had_by_whoever_is_signed_in(client, user):
    document = add_document(user, b"one two")
    page = f"/documents/{document.pk}/download/"
    assert client.get(page).url == f"/login/?next={page}"
    client.force_login(user)
    assert f'href="{page}"' in client.get("/documents/").content.decode()
    answer = client.get(page)
    assert b"".join(answer.streaming_content) == b"one two"
    assert answer["Content-Disposition"] == 'attachment; filename="notes.txt"'


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", ["document", "owner"])
def test_a_deleted_document_takes_its_file_along(user, gone):
    document = add_document(user)
    file = document.file.name
    assert default_storage.exists(file)
    (document if gone == "document" else user).delete()
    assert not default_storage.exists(file)


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_when_its_document_does(user):
    document = add_document(user)
    with transaction.atomic():
        user.delete()
        transaction.set_rollback(True)
    assert Document.objects.get().file.read() == b"one two two"
    assert default_storage.exists(document.file.name)


@pytest.mark.django_db(transaction=True)
def test_a_document_can_be_deleted_while_storage_is_away(user, monkeypatch, caplog):
    def away(name):
        raise OSError("storage is away")

    document = add_document(user)
    monkeypatch.setattr(default_storage, "delete", away)
    document.delete()
    assert not Document.objects.exists()
    assert "storage is away" in caplog.text


def test_the_admin_takes_no_files(client, user):
    document = add_document(user)
    client.force_login(get_user_model().objects.create_superuser("root"))
    assert client.get(reverse("admin:documents_document_add")).status_code == 403
    page = reverse("admin:documents_document_change", args=[document.pk])
    assert 'type="file"' not in client.get(page).content.decode()
    form = {"name": "new.txt", "owner": user.pk, "file": ContentFile(b"three", name="new.txt")}
    assert client.post(page, form).status_code == 302
    changed = Document.objects.get()
    assert (changed.name, changed.file.read()) == ("new.txt", b"one two two")


def test_names_are_escaped(user):
    add_document(user, name="<b>bold<b>.txt")
    assert "<b>bold" not in LiveViewTestClient(DocumentsView, user=user).mount().render()


def test_saving_nothing_asks_for_a_file(user):
    page = LiveViewTestClient(DocumentsView, user=user).mount()
    page.send_event("save")
    assert "Choose a text file first." in page.render()


def test_page_leaves_no_folder_behind(client, user, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client.force_login(user)
    assert "Upload" in client.get("/documents/").content.decode()
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db(transaction=True)
def test_upload_is_stored_and_counted(user, upload):
    page = LiveViewTestClient(DocumentsView, user=user).mount()
    upload(page.view_instance, "notes.txt", b"to be or not to be")
    page.send_event("save")
    document = Document.objects.get()
    assert (document.name, document.owner, document.file.read()) == ("notes.txt", user, b"to be or not to be")
#% if cookiecutter.celery == "none"
    page.render_async()
#% endif
    assert "6 words" in page.render()
