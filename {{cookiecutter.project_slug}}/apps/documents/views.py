#% if cookiecutter.celery == "none"
from channels.db import database_sync_to_async
#% endif
from django.conf import settings
from django.db import transaction
from djust.decorators import event_handler
from djust.uploads import UploadMixin

from apps.core.live import AppLiveView, Presence
#% if cookiecutter.celery == "none"
from apps.documents import words
#% endif
from apps.documents.models import Document
from apps.documents.push import documents_changed
#% if cookiecutter.celery != "none"
from apps.documents.tasks import count_words
#% endif
##%
CHUNK = 63 * 1024  # bytes


class DocumentsView(UploadMixin, Presence, AppLiveView):
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
        documents = Document.objects.filter(name__icontains=self.query).select_related("owner")[:50]
        return super().get_context_data(**kwargs) | {"documents": [row(document) for document in documents]}

    @event_handler()
    def search(self, value: str = "", **kwargs):
        self.query = value

    @event_handler()
    def save(self, **kwargs):
        """Store what was uploaded, and have its words counted once the row is there for all to see."""
        self.error = "Choose a text file first."
        for entry in self.consume_uploaded_entries("text"):
            self.error = ""
            with transaction.atomic():
                document = Document(name=entry.safe_client_name[:200], owner=self.request.user)
                document.file.save(document.name, entry.file)
#% if cookiecutter.celery == "none"
                transaction.on_commit(lambda pk=document.pk: self.start_async(self._count_words, pk))
#% else
                count_words.delay_on_commit(document.pk)
#% endif
            # djust keeps the push below from its sender, which renders only if an attribute has changed.
            self.saved += 1
            documents_changed()
#% if cookiecutter.celery == "none"
##%
    async def _count_words(self, pk: int):
        # A thread of its own: those that event handlers share must stay free.
        await database_sync_to_async(words.count_document, thread_sensitive=False)(pk)
#% endif
##%
    def handle_documents_changed(self, **kwargs):
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
