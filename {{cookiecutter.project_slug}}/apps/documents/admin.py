from django.contrib import admin

from apps.documents import search
from apps.documents.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    list_display = ("name", "owner", "state", "word_count", "created_at")
    list_filter = ("state",)
    search_fields = ("name",)
    # Files come by the documents page alone, which takes large ones and has their words counted.
    exclude = ("file",)
    readonly_fields = ("state", "word_count", "top_words", "error")  # what the background work finds

    def has_add_permission(self, request):
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        search.index(obj.pk)
