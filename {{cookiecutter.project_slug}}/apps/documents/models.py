from django.conf import settings
from django.db import models


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
