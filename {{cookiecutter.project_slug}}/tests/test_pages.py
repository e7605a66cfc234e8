import pytest
from djust.testing import LiveViewTestClient, assert_all_routed_liveviews_allowlisted

from apps.core.views import HomeView


@pytest.mark.django_db
def test_home_is_public(client):
    response = client.get("/")
    assert response.status_code == 200
    assert 'dj-view="apps.core.views.HomeView"' in response.content.decode()


@pytest.mark.django_db
def test_home_counts_visitors():
    first = LiveViewTestClient(HomeView).mount()
    second = LiveViewTestClient(HomeView).mount()
    assert (first.view_instance.online_count, second.view_instance.online_count) == (1, 2)


@pytest.mark.django_db
def test_documents_need_a_login(client):
    response = client.get("/documents/")
    assert response.status_code == 302
    assert response.url.startswith("/login/")


def test_login_leads_to_the_documents(client, user):
    response = client.post("/login/", {"username": "ada", "password": "correct horse"}, follow=True)
    assert response.redirect_chain == [("/documents/", 302)]


def test_wrong_password_is_refused(client, user):
    response = client.post("/login/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()


@pytest.mark.django_db
def test_unknown_page_is_friendly(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()


def test_browsers_can_mount_every_routed_view():
    assert_all_routed_liveviews_allowlisted()
