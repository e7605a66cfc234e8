from django.urls import path

from bench_app import views
from config.urls import urlpatterns as project

urlpatterns = [
    path("counter/", views.CounterView.as_view()),
    path("slow/", views.SlowView.as_view()),
    path("remember/", views.remember),
    path("forget/", views.forget),
    path("exists/", views.exists),
    path("nap/", views.nap),
    *project,
]
