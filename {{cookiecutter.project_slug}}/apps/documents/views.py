#% if cookiecutter.celery == "none"
from channels.db import database_sync_to_async
#% endif
from django.conf import settings
from django.contrib.auth.decorators import login_required
#% if cookiecutter.__static_media == "cdn"
from django.core.files.storage import FileSystemStorage
#% endif
from django.db import transaction
#% if cookiecutter.__static_media == "cdn"
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
#% elif cookiecutter.__static_media == "nginx"
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
#% else
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
#% endif
from djust.decorators import event_handler

#% if cookiecutter.live_database == "yes"
from apps.core.changes import follows
#% endif
from apps.core.live import AppLiveView, Presence, Uploads
#% if cookiecutter.celery == "none"
from apps.documents import search, words
#% else
from apps.documents import search
#% endif
from apps.documents.models import Document
#% if cookiecutter.live_database == "no"
from apps.documents.push import documents_changed
#% endif
#% if cookiecutter.celery != "none"
from apps.documents.tasks import count_words
#% endif
#% if cookiecutter.live_database == "yes"
from apps.users.models import User
#% endif
##%
CHUNK = 63 * 1024  # bytes


#% if cookiecutter.live_database == "yes"
@follows(Document, User)
#% endif
class DocumentsView(Uploads, Presence, AppLiveView):
    """Everybody's documents: upload one, and every open browser watches its words being counted."""

    template_name = "documents/list.html"
    presence_key = "documents"

    def mount(self, request, **kwargs):
        self.query = ""
        self.error = ""
        self.saved = 0
        self.allow_upload("text", accept=".txt", max_file_size=settings.UPLOAD_MAX_BYTES, chunk_size=CHUNK)
        self.track_presence()

    def get_context_data(self, **kwargs):
        documents = search.find(self.query, limit=50)
        return super().get_context_data(**kwargs) | {"documents": [row(document) for document in documents]}

    @event_handler()
    def search(self, value: str = "", **kwargs):
        self.query = value[: search.LONGEST_QUERY]

    @event_handler()
    def save(self, **kwargs):
        """Store what was uploaded, and have its words counted once the row is there for all to see."""
        self.error = "Choose a text file first."
        for entry in self.consume_uploaded_entries("text"):
            self.error = ""
            document = Document(name=entry.safe_client_name[:200], owner=self.request.user)
            # Before the transaction, which would hold a connection while storage takes its time.
            document.file.save(document.name, entry.file, save=False)
            with transaction.atomic():
                document.save()
#% if cookiecutter.celery == "none"
                transaction.on_commit(lambda pk=document.pk: self.start_async(self._count_words, pk))
#% else
                count_words.delay_on_commit(document.pk)
#% endif
            # djust renders after an event only if an attribute has changed.
            self.saved += 1
#% if cookiecutter.live_database == "no"
            documents_changed()
#% endif
#% if cookiecutter.celery == "none"
##%
    async def _count_words(self, pk: int):
        # A thread of its own: those that event handlers share must stay free.
        await database_sync_to_async(words.count_document, thread_sensitive=False)(pk)
#% endif
##%
    def handle_change(self, **kwargs):
        """A row has changed: render again, which reads the rows anew."""


def row(document: Document) -> dict[str, object]:
    return {
        "id": document.pk,
        "name": document.name,
        "owner": document.owner.get_username(),
        "state": document.state,
        "word_count": document.word_count,
        "top_words": [{"word": word, "times": times} for word, times in document.top_words],
        "error": document.error,
    }


@login_required
#% if cookiecutter.__static_media == "cdn"
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send whoever is signed in to the file of a document: to an address in its bucket that expires."""
    document = get_object_or_404(Document, pk=pk)
    if isinstance(document.file.storage, FileSystemStorage):  # in development
        return FileResponse(document.file.open(), as_attachment=True, filename=document.name)
    return redirect(document.file.url)
#% elif cookiecutter.__static_media == "nginx"
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the file of a document to whoever is signed in; in production nginx sends it."""
    document = get_object_or_404(Document, pk=pk)
    if not settings.NGINX_SENDS_UPLOADS:
        return FileResponse(document.file.open(), as_attachment=True, filename=document.name)
    headers = {
        "X-Accel-Redirect": document.file.url,
        "Content-Disposition": content_disposition_header(True, document.name),
    }
    return HttpResponse(content_type="application/octet-stream", headers=headers)
#% else
def download(request: HttpRequest, pk: int) -> FileResponse:
    """Give the file of a document to whoever is signed in."""
    document = get_object_or_404(Document, pk=pk)
    return FileResponse(document.file.open(), as_attachment=True, filename=document.name)
#% endif
