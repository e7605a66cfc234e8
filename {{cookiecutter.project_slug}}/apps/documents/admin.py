from django.contrib import admin

from apps.documents.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    list_display = ("name", "owner", "state", "word_count", "created_at")
    list_filter = ("state",)
    search_fields = ("name",)
