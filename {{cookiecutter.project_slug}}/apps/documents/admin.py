from django import forms
from django.contrib import admin
from django.db import models

from apps.documents import search
from apps.documents.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    list_display = ("name", "owner", "state", "word_count", "created_at")
    list_filter = ("state",)
    search_fields = ("name",)
    # Without the link to the file that Django's own widget has: uploads have no public address.
    formfield_overrides = {models.FileField: {"widget": forms.FileInput}}
    readonly_fields = ("state", "word_count", "top_words", "error")  # what the background work finds

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        search.index(obj.pk)
