from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
#% if cookiecutter.live_database == "yes"
##%
from apps.core.changes import announced


@announced()
#% else
##%
##%
#% endif
class Document(models.Model):
    """An uploaded text and what the background work found in it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        COUNTING = "counting"
        DONE = "done"
        FAILED = "failed"

    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="documents/%Y/%m/")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="documents")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    word_count = models.PositiveIntegerField(null=True)
    top_words = models.JSONField(default=list)  # [[word, times], ...]
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self):
        return self.name


@receiver(post_delete, sender=Document)
def remove_file(instance: Document, using: str, **kwargs: Any) -> None:
    """Remove the file of a deleted row, once it is gone for good, and so those of a deleted owner.

    Where storage fails, the file stays and the log says so: the row can't be had back.
    """
    transaction.on_commit(lambda: instance.file.delete(save=False), using=using, robust=True)


class SearchText(models.Model):
    """What a document is found by; apart from it, so that a list of documents doesn't read their texts."""

    document = models.OneToOneField(Document, models.CASCADE, primary_key=True, related_name="+")
    name = models.TextField()
    text = models.TextField()
    vector = SearchVectorField(null=True)  # PostgreSQL's alone

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="search_text")]

    def __str__(self):
        return self.name
#% if cookiecutter.tier == "scale"
##%
##%
class SearchChange(models.Model):
    """A document that OpenSearch doesn't have yet as it is here; the number of the row is the version."""

    document_id = models.BigIntegerField(db_index=True)  # it may be gone

    def __str__(self):
        return f"document {self.document_id}, change {self.pk}"
#% endif
