"""A certificate from a real ACME server, which a real certbot asks for through the rendered nginx."""

import contextlib
import json
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from tests import rendering
from tests.matrix import FIRST, resolve
from tests.names import Names
from tests.services import Server, free_port, self_signed, wait_until
from tests.site import HOST, Proxy

PROJECT = rendering.project_of(resolve(FIRST))


class Pebble(Server):
    """Let's Encrypt's own small server, which looks for the proof that a name is ours at a port of choice."""

    def __init__(self, folder: Path, names: Names, http_port: int):
        folder.mkdir()
        port = free_port()
        self.certificate, key = self_signed(folder, "localhost")
        settings = {
            "listenAddress": f"127.0.0.1:{port}",
            "managementListenAddress": f"127.0.0.1:{free_port()}",
            "certificate": str(self.certificate),
            "privateKey": str(key),
            "httpPort": http_port,
            "tlsPort": free_port(),
            "certificateValidityPeriod": 24 * 60 * 60,  # seconds; certbot renews what ends within 30 days
        }
        config = folder / "pebble.json"
        config.write_text(json.dumps({"pebble": settings}))
        command = ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{names.port}"]
        env = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        super().__init__("pebble", command, folder, port=port, env=env)
        self.directory = f"https://localhost:{port}/dir"


class Certbot(Server):
    """What the service certbot runs, but for where its files are and whom it asks."""

    def __init__(self, proxy: Proxy, pebble: Pebble):
        self.folder = proxy.folder
        script = PROJECT / "deploy/nginx/certbot.sh"
        env = {
            "DOMAIN": HOST,
            "ACME_SERVER": pebble.directory,
            "ACME_ROOT": str(proxy.folder / "acme"),
            "CERTIFICATES": str(proxy.folder),
            "CERTBOT_FOLDER": str(proxy.folder / "certbot"),
            "REQUESTS_CA_BUNDLE": str(pebble.certificate),
        }
        super().__init__("certbot", ["sh", script], proxy.folder, ready="debug log", env=os.environ | env)

    def newest(self) -> bytes:
        """Return the certificate that it got last, or nothing."""
        file = self.folder / f"certbot/live/{HOST}/cert.pem"
        return ssl.PEM_cert_to_DER_cert(file.read_text()) if file.exists() else b""


def shown_by(proxy: Proxy) -> bytes:
    """Return the certificate; nothing while only one of it and its key is new."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", proxy.port)) as connection,
            context.wrap_socket(connection, server_hostname=HOST) as tls,
        ):
            return tls.getpeercert(binary_form=True)
    except ssl.SSLError:
        return b""


@contextlib.contextmanager
def site(folder: Path) -> Iterator[tuple[Proxy, Pebble]]:
    """Have nginx with a certificate that nobody trusts, and whom it can get another one from."""
    project, place = folder / "project", folder / "nginx"
    shutil.copytree(PROJECT / "deploy", project / "deploy")
    template = project / Proxy.TEMPLATE
    template.write_text(template.read_text().replace("max=4 valid=1m", "max=4 valid=1s"))
    (place / "acme").mkdir(parents=True)
    files = {"TLS_CERTIFICATE": place / "site.pem", "TLS_CERTIFICATE_KEY": place / "site.key"}
    with Names("127.0.0.1") as names, Proxy(project, place, ["127.0.0.1:1"], **files) as proxy:
        shutil.copy(proxy.certificate, files["TLS_CERTIFICATE"])
        shutil.copy(place / "key.pem", files["TLS_CERTIFICATE_KEY"])
        with Pebble(folder / "pebble", names, proxy.plain_port) as pebble:
            yield proxy, pebble


def test_certificates_are_issued_and_renewed_without_a_reload(tmp_path):
    with site(tmp_path) as (proxy, pebble):
        shown = [shown_by(proxy)]
        for outcome in ("issued", "renewed"):
            with Certbot(proxy, pebble) as certbot:
                wait_until(lambda: shown_by(proxy) not in (b"", *shown), f"a certificate to be {outcome}")
                shown.append(shown_by(proxy))
                assert shown[-1] == certbot.newest()
        key = proxy.folder / "site.key"
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.stat().st_uid == 101


def test_a_refusal_leaves_the_certificate_as_it_is(tmp_path):
    with site(tmp_path) as (proxy, pebble):
        before = shown_by(proxy)
        pebble.stop()
        with Certbot(proxy, pebble) as certbot:
            wait_until(lambda: "tries again in 12 hours" in certbot.log.read_text(), "certbot to give up")
        assert shown_by(proxy) == before
