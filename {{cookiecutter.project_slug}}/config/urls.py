from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from apps.core.views import HomeView
from apps.documents.views import DocumentsView, download

handler500 = "apps.core.views.server_error"

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("documents/", DocumentsView.as_view(), name="documents"),
    path("documents/<int:pk>/download/", download, name="download"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("favicon.ico", lambda request: redirect(static("core/icon.svg"))),  # for pages that name no icon
    *staticfiles_urlpatterns(),  # with DEBUG only
]
