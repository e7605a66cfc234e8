"""Files in the buckets of each cloud, and what a process needs of them to start."""

import re

import pytest

from tests import google, matrix, rendering
from tests.services import AWS, free_port
from tests.site import Site

# Three times what is kept in memory, and one name for two contents.
KEEP_AND_READ = """
import os
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
contents = [os.urandom(3 * 1024 * 1024), b"one two"]
names = [default_storage.save("documents/notes.txt", ContentFile(content)) for content in contents]
for name, content in zip(names, contents, strict=True):
    with default_storage.open(name) as file:
        print("equal", b"".join(file.chunks()) == content, "on disk", file.file._rolled)
print(default_storage.url(names[0]))
"""
KEEP = """
import django
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
default_storage.save("kept.txt", ContentFile(b"one two"))
"""
# As two threads do that find no token at the same time: the second knows already whose it will be.
RENEW = """
import google.auth
from google.auth.transport.requests import Request
credentials, _ = google.auth.default()
for _ in range(2):
    credentials.refresh(Request())
print(credentials.service_account_email)
"""
START = """
import config.asgi
from django.templatetags.static import static
print(static("core/site.css"))
"""


@pytest.fixture(scope="module", params=["aws", "gcp", "self-hosted"])
def stored(request, services, tmp_path_factory):
    """A site whose files are in the buckets of a cloud."""
    combination = matrix.resolve(
        matrix.FIRST | {"tier": "production", "cloud": request.param, "celery": "none"}
    )
    folder = tmp_path_factory.mktemp(request.param)
    return Site(rendering.project_of(combination), services, folder, combination).prepare()


def test_second_upload_of_static_files_only_lists_the_bucket(stored):
    log = stored.cdn.buckets.log
    before = len(log.read_text())
    assert re.match("0 of [0-9]+ files uploaded", last_line(stored.manage("upload_static")))
    if isinstance(stored.cdn.buckets, AWS):
        requests = re.findall(r'"(?:\x1b\[\S+m)*([A-Z]+) ', log.read_text()[before:])
        assert set(requests) == {"GET"}
        assert len(requests) < 40, "one for each folder, of which the admin has most"


def test_files_come_back_and_keep_apart(stored):
    *read, address = stored.manage("shell", "-c", KEEP_AND_READ).splitlines()[-3:]
    assert read == ["equal True on disk True", "equal True on disk False"]
    assert re.search("X-(Amz|Goog)-Expires=3600&", address), address


def test_nothing_is_asked_of_storage_or_platform_to_start(stored):
    nobody = f"127.0.0.1:{free_port()}"
    away = {
        "AWS_ENDPOINT_URL_S3": f"http://{nobody}",
        "R2_ENDPOINT_URL": f"http://{nobody}",
        "GCE_METADATA_HOST": nobody,
        "HTTPS_PROXY": f"http://{nobody}",
    }
    address = last_line(stored.run("-c", START, **away).stdout)
    assert address.startswith(stored.env["CDN_DOMAIN"].join(("https://", "/static/core/site."))), address


def test_uploads_to_r2_have_no_checksum_of_boto3(services, tmp_path):
    combination = matrix.resolve(matrix.FIRST | {"tier": "production", "celery": "none"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination)
    site.run("-c", KEEP)
    file = site.folder / "config/r2.py"
    text = file.read_text()
    assert "when_required" in text
    file.write_text(text.replace("when_required", "when_supported"))
    done = site.run("-c", KEEP, check=False)
    assert "501" in done.stdout


def test_credentials_of_google_are_renewed_by_the_name_of_the_account(services, tmp_path):
    combination = matrix.resolve(matrix.FIRST | {"tier": "production", "cloud": "gcp", "celery": "none"})
    site = Site(rendering.project_of(combination), services, tmp_path, combination)
    assert last_line(site.run("-c", RENEW).stdout) == google.ACCOUNT


def test_doctor_names_what_is_wrong(stored):
    nowhere = {"CDN_DOMAIN": f"localhost:{free_port()}", "MEDIA_BUCKET": "of-nobody"}
    everybody = {"MEDIA_BUCKET": stored.env["STATIC_BUCKET"]}  # which all may read
    for env, wrong in ({}, []), (nowhere, ["cdn", "uploads"]), (everybody, ["uploads"]):
        done = stored.run("manage.py", "doctor", "--port", str(free_port()), check=False, **env)
        assert re.findall(r"wrong  (\S+)", done.stdout) == wrong, done.stdout


def test_server_without_collected_files_says_so(site):
    collected = site.folder / "staticfiles"
    aside = collected.rename(site.folder / "aside")
    try:
        done = site.run("-m", "gunicorn", "-c", "config/gunicorn.py", "config.asgi:application", check=False)
    finally:
        aside.rename(collected)
    assert done.returncode
    assert "Run: python manage.py collectstatic" in done.stdout


def last_line(text: str) -> str:
    return text.splitlines()[-1]
