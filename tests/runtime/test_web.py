"""What production serves, refuses and keeps to itself."""

import asyncio
import os
import re

import httpx
import pytest
import websockets

from tests.site import PASSWORD


def test_deploy_check_is_clean(site):
    done = site.run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert "(0 silenced)" in done.stdout


def test_page_static_and_event(web):
    async def visit():
        async with web.browser() as browser:
            await browser.login("ada", PASSWORD)
            await browser.open("/documents/")
            assert (await browser.event("search", value="x"))["type"] in ("patch", "html_update")
            script = re.search(r'src="(/static/djust/client[^"]+\.[0-9a-f]{12}\.js)"', browser.page)[1]
            answer = await browser.http.get(script)
            assert answer.status_code == 200
            assert "max-age=315360000, public, immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "gzip"

    asyncio.run(visit())
    assert "Warning" not in web.log.read_text()


def test_static_files_are_left_to_others(site):
    with site.gunicorn(ASGI_SERVE_STATIC="false") as web:

        async def visit():
            async with web.browser() as browser:
                await browser.get("/")
                for script in re.findall(r'src="(/static/[^"]+)"', browser.page):
                    assert (await browser.http.get(script)).status_code == 404

        asyncio.run(visit())


def test_plain_http_is_redirected_but_not_probes(web):
    def get(path):
        return httpx.get(web.base + path, headers={"Host": "example.com"})

    assert get("/").headers["Location"] == "https://example.com/"
    assert get("/health/live").status_code == get("/health/ready").status_code == 200


def test_wrong_host_is_refused_but_not_to_probes(web):
    def get(path):
        headers = {"Host": "evil.example", "X-Forwarded-Proto": "https"}
        return httpx.get(web.base + path, headers=headers).status_code

    assert (get("/"), get("/health/live"), get("/health/ready")) == (400, 200, 200)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_wrong_origin_is_refused(web, origin):
    async def visit():
        async with web.browser() as browser:
            await browser.get("/")
            with pytest.raises(websockets.InvalidStatus, match="403"):
                await browser.connect(origin=origin)

    asyncio.run(visit())


@pytest.mark.parametrize(("switch", "compressed"), [("true", True), ("false", False)])
def test_compression_switch_reaches_the_server(site, switch, compressed):
    with site.gunicorn(WEBSOCKET_COMPRESSION=switch) as web:

        async def visit():
            async with web.browser() as browser:
                await browser.open("/")
                return browser.socket.response.headers.get("Sec-WebSocket-Extensions", "")

        assert ("permessage-deflate" in asyncio.run(visit())) is compressed


def test_no_log_has_a_secret(site):
    with site.gunicorn(LOG_LEVEL="DEBUG") as web:

        async def visit():
            async with web.browser() as browser:
                await browser.login("ada", PASSWORD)
                await browser.open("/documents/?token=query-secret")
                await browser.event("search", value="x")
                await browser.http.get("/login/?token=query-secret")
                # That of the page is the id by which its lines are found.
                return [cookie.value for cookie in browser.http.cookies.jar if cookie.name != "page"]

        cookies = asyncio.run(visit())
        log = web.log.read_text()
    assert "GET /documents/" in log
    secrets = [redis.password for redis in site.redis.values()] + [
        site.postgres.PASSWORD, site.env["SECRET_KEY"], PASSWORD, "query-secret", *cookies
    ]  # fmt: skip
    assert [secret for secret in secrets if secret in log] == []


def test_runs_where_nothing_can_be_written(site, tmp_path):
    folders = [site.folder, *(path for path in site.folder.rglob("*") if path.is_dir()), tmp_path]
    modes = {folder: folder.stat().st_mode for folder in folders}
    # Root writes in spite of modes, unless it gives that privilege up.
    privileges = "-dac_override,-dac_read_search,-fowner"
    prefix = () if os.geteuid() else ("setpriv", "--bounding-set", privileges, "--inh-caps=-all")
    try:
        for folder in folders:
            folder.chmod(0o555)
        with site.gunicorn(prefix=prefix, HOME=str(tmp_path)) as web:
            assert httpx.get(web.base + "/health/ready").status_code == 200
            asyncio.run(_open_home(web))
            log = web.log.read_text()
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
    assert "Permission denied" not in log


async def _open_home(web):
    async with web.browser() as browser:
        await browser.open("/")


def test_missing_variable_stops_the_server_with_its_name(site):
    command = ("-m", "gunicorn", "-c", "config/gunicorn.py", "config.asgi:application")
    done = site.run(*command, check=False, REDIS_STATE_URL="")
    assert done.returncode != 0
    assert "REDIS_STATE_URL is wrong" in done.stdout
