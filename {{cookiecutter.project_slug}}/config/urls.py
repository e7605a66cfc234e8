from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import path

from apps.core.views import HomeView
from apps.documents.views import DocumentsView

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("documents/", DocumentsView.as_view(), name="documents"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    *staticfiles_urlpatterns(),  # with DEBUG only
]
