import re

import pytest
from django.conf import settings
from django.test import Client
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


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/", "/nowhere/"])
def test_pages_carry_the_name_of_the_site(client, path):
    assert f">{settings.SITE_NAME}</a>" in client.get(path).content.decode()


def test_login_leads_to_the_documents(client, user):
    response = client.post("/login/", {"username": "ada", "password": "correct horse"}, follow=True)
    assert response.redirect_chain == [("/documents/", 302)]


@pytest.mark.parametrize("path", ["/", "/documents/", "/nowhere/"])
@pytest.mark.parametrize("is_staff", [True, False])
def test_staff_see_the_way_to_the_admin(client, user, path, is_staff):
    user.is_staff = is_staff
    user.save()
    client.force_login(user)
    assert ('href="/admin/"' in client.get(path).content.decode()) == is_staff


@pytest.mark.parametrize("path", ["/", "/documents/"])
def test_button_of_each_page_signs_out(user, path):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).content.decode())
    assert token
    browser.post("/logout/", {"csrfmiddlewaretoken": token[1]})
    assert browser.get("/documents/").status_code == 302


def test_wrong_password_is_refused(client, user):
    response = client.post("/login/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()


@pytest.mark.django_db
def test_unknown_page_is_friendly(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()


def test_form_out_of_date_says_what_to_do(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    response = browser.post("/logout/")
    assert response.status_code == 403
    page = response.content.decode()
    assert "This form is out of date" in page
    assert "Sign out ada" in page


def test_browsers_can_mount_every_routed_view():
    assert_all_routed_liveviews_allowlisted()
