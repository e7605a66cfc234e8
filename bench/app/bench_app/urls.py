from config.urls import urlpatterns as project
from django.urls import path

from bench_app import views

urlpatterns = [
    path("counter/", views.CounterView.as_view()),
    path("slow/", views.SlowView.as_view()),
    path("remember/", views.remember),
    path("forget/", views.forget),
    path("exists/", views.exists),
    *project,
]
