"""The rendered nginx by itself, in front of servers that say what they are asked; and without its guards."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests import rendering
from tests.matrix import FIRST, resolve
from tests.names import Names
from tests.services import Nginx, free_port, self_signed, wait_until
from tests.site import HOST, Proxy

PROJECT = rendering.project_of(resolve(FIRST))
SERVERS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
VISITOR = "198.51.100.9"
# What they answer, and what they hang up on.
SERVER = """
log_format asked "$server_addr $request_method $uri";
access_log asked.log asked;
server {
    %s
    default_type text/html;
    location /compressed/ {
        gzip on;
        gzip_proxied any;
        return 200 '$request_id $request_id';
    }
    set $claims '$http_x_forwarded_for|$http_connection|$http_x_request_id';
    location / { return 200 '$server_addr|$http_host|$claims'; }
    location /dies/ {
        if ($server_addr = 127.0.0.2) { return 444; }
        return 200 $server_addr;
    }
}
"""


class Asked(NamedTuple):
    """What a server says it has been asked."""

    server: str
    host: str
    address: str
    connection: str
    request_id: str


class Front:
    """nginx in front of a name that has some addresses; each use is a nginx of its own."""

    def __init__(self, servers: Nginx, folder: Path, without: tuple[str, str] = ("", "")):
        self.servers, self.folder, self.without = servers, folder, without
        self.running = ExitStack()
        self.names = Names(*SERVERS)

    def __enter__(self) -> "Front":
        self.running.enter_context(self.names)
        return self

    def __exit__(self, *exception: object) -> None:
        self.running.close()

    def start(self, **variables: object) -> Proxy:
        folder = self.folder / uuid.uuid4().hex
        project = folder / "project"
        template = project / Proxy.TEMPLATE
        shutil.copytree(PROJECT / "deploy", project / "deploy")
        text = template.read_text()
        # Or it would take a minute; or be over, now and then, before names are asked for again.
        for long, short in (
            ("max=4 valid=1m", "max=4 valid=1s"),
            ("connect_timeout 2s", "connect_timeout 6s"),
        ):
            assert long in text
            text = text.replace(long, short)
        assert self.without[0] in text, f"there is no {self.without[0]!r}"
        template.write_text(text.replace(*self.without))
        variables = {"NGINX_LOCAL_RESOLVERS": f"127.0.0.1:{self.names.port}"} | variables
        proxy = Proxy(project, folder, [f"web:{self.servers.port}"], **variables)
        self.running.enter_context(proxy)
        if set(self.names.addresses) <= set(SERVERS):
            # It listens before it knows where its servers are, and until then has nobody to send visitors to.
            wait_until(lambda: Visitor(proxy).asks().status_code != 503, "nginx to know its servers")
        return proxy


class Visitor:
    """Somebody with a session or without, at an address of loopback."""

    def __init__(self, proxy: Proxy, session: str = "", *, at: str = "127.0.0.1", sni: str = HOST):
        self.proxy, self.address = proxy, at
        self.headers = {"Host": HOST} | ({"Cookie": f"sessionid={session}"} if session else {})
        self.extensions = {"sni_hostname": sni}

    def asks(self, method: str = "GET", path: str = "/", **headers: str) -> httpx.Response:
        context = ssl.create_default_context(cafile=self.proxy.certificate)
        transport = httpx.HTTPTransport(verify=context, local_address=self.address)
        with httpx.Client(
            base_url=self.proxy.base, headers=self.headers, transport=transport, timeout=30
        ) as http:
            return http.request(method, path, headers=headers, extensions=self.extensions)

    def at(self, **headers: str) -> Asked:
        answer = self.asks(**headers)
        assert answer.status_code == 200, answer
        return Asked(*answer.text.split("|"))


def session() -> str:
    return uuid.uuid4().hex


def stickiness(front: Front) -> None:
    """A session stays with a server, from wherever it comes, and sessions are spread over all servers."""
    proxy = front.start()
    all_used = set()
    for name in [f"{number:032x}" for number in range(40)]:
        servers = {Visitor(proxy, name, at=at).at().server for at in ("127.0.0.1", "127.0.0.8", "127.0.0.9")}
        assert len(servers) == 1, f"one session was on {servers}"
        all_used |= servers
    assert all_used == set(SERVERS), f"only {all_used} are used"


def stickiness_without_session(front: Front) -> None:
    proxy = front.start()
    addresses = [f"127.0.1.{number}" for number in range(20)]
    seen = [{Visitor(proxy, at=address).at().server for _ in range(3)} for address in addresses]
    assert all(len(servers) == 1 for servers in seen), seen
    assert set.union(*seen) == set(SERVERS), seen


def names(front: Front) -> None:
    """Servers come and go under their name, without a word to nginx."""
    front.names.addresses = SERVERS[:1]
    proxy = front.start()
    for addresses in (SERVERS[1:2], SERVERS):
        front.names.addresses = addresses
        wait_until(lambda: used(proxy) == set(front.names.addresses), f"{addresses} to be used", timeout=20)


def used(proxy: Proxy) -> set[str]:
    return {Visitor(proxy, session()).at().server for _ in range(15)}


def visitor_of(proxy: Proxy, server: str) -> Visitor:
    return next(visitor for _ in range(99) if (visitor := Visitor(proxy, session())).at().server == server)


def dying_server(front: Front) -> None:
    """It costs no page, a form is not sent twice, and it is used again soon after it is back."""
    visitor = visitor_of(front.start(), SERVERS[0])
    page, form = f"/dies/{session()}", f"/dies/{session()}"
    answer = visitor.asks(path=page)
    assert answer.text in SERVERS[1:], answer
    wait_until(
        lambda: visitor.at().server == SERVERS[0], "the server to be used again", timeout=8
    )  # the default is 10
    answer = visitor.asks("POST", form)
    assert answer.status_code == 503, answer
    asked = (front.servers.config.parent / "asked.log").read_text()
    assert asked.count(f"POST {form}") == 1, asked


def no_server(front: Front) -> None:
    front.names.addresses = ["127.0.0.5"]
    answer = Visitor(front.start()).asks()
    assert answer.status_code == 503, answer
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Content-Type"] == "text/html"
    assert 'http-equiv="refresh"' in answer.text


@contextlib.contextmanager
def silent(address: str, port: int) -> Iterator[str]:
    """Have an address that says nothing, not even no, as that of a container that is gone."""
    with ExitStack() as sockets:
        server = sockets.enter_context(socket.socket())
        server.bind((address, port))
        server.listen(0)
        for _ in range(3):  # no more are let in
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield address


def replaced_server(front: Front) -> None:
    """What waits for a server that is gone goes to the one that came in its place."""
    port = front.servers.port
    with silent("127.0.0.5", port) as one, silent("127.0.0.6", port) as other, ThreadPoolExecutor() as pool:
        front.names.addresses = [one, other]
        proxy = front.start()
        wait_until(lambda: front.names.answered, "nginx to ask for names")
        time.sleep(0.2)
        asked = [pool.submit(Visitor(proxy, session()).asks, method) for method in ("GET", "POST")]
        time.sleep(0.2)
        front.names.addresses = SERVERS
        assert [waiting.result().status_code for waiting in asked] == [200, 200]


def attempts(front: Front) -> None:
    """Who tries passwords is slowed down, alone; pages are not counted."""
    proxy = front.start()
    for path in ("/login/", "/admin/login/"):
        visitor = Visitor(proxy, session())
        answers = [visitor.asks(path=path).status_code for _ in range(50)]
        assert answers == [200] * 50, answers
    answers = [visitor.asks("POST", "/login/").status_code for _ in range(50)]
    assert answers[:25] == [200] * 25, answers
    assert 429 in answers, answers
    # Each second, one more is let in.
    assert 429 in {visitor.asks("POST", "/admin/login/").status_code for _ in range(5)}
    assert Visitor(proxy, at="127.0.0.9").asks("POST", "/login/").status_code == 200


def forged_address(front: Front) -> None:
    assert Visitor(front.start()).at(**{"X-Forwarded-For": VISITOR}).address == "127.0.0.1"


def address_behind_proxies(front: Front) -> None:
    """The last address that isn't a proxy's is the visitor's; what is left of it is anybody's claim."""
    proxy = front.start(REAL_IP_FROM="127.0.0.0/8")
    for chain in (VISITOR, f"203.0.113.7, {VISITOR}, 127.0.0.2"):
        assert Visitor(proxy).at(**{"X-Forwarded-For": chain}).address == VISITOR
    elsewhere = front.start(REAL_IP_FROM="192.0.2.1")
    assert Visitor(elsewhere).at(**{"X-Forwarded-For": VISITOR}).address == "127.0.0.1"


def forged_id(front: Front) -> None:
    """Nobody has their lines logged under an id of somebody else's."""
    visitor = Visitor(front.start())
    ids = {visitor.at(**{"X-Request-ID": "f00-ba12"}).request_id for _ in range(2)}
    assert all(re.fullmatch("[0-9a-f]{32}", found) for found in ids), ids
    assert len(ids) == 2


def foreign_host(front: Front) -> None:
    """Another name is shown no page, and in TLS no certificate."""
    proxy = front.start()
    plain = f"http://127.0.0.1:{proxy.plain_port}/"
    assert hangs_up(lambda: httpx.get(plain, headers={"Host": "evil.example"}))
    assert hangs_up(lambda: Visitor(proxy).asks(Host="evil.example"))
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", proxy.port)) as connection:
        assert hangs_up(lambda: context.wrap_socket(connection, server_hostname="evil.example").close())


def hangs_up(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (httpx.RemoteProtocolError, ssl.SSLError):
        return True
    return False


def ports(front: Front) -> None:
    """Browsers are sent to the port that is published, and the app is told which one they use."""
    for published, expected in (
        ("443", ""),
        ("127.0.0.1:443", ""),
        ("8443", ":8443"),
        ("127.0.0.1:8443", ":8443"),
    ):
        proxy = front.start(HTTPS_PORT=published)
        plain = f"http://127.0.0.1:{proxy.plain_port}/a/?b=c"
        answer = httpx.get(plain, headers={"Host": f"{HOST}:8080"})
        assert answer.headers["Location"] == f"https://{HOST}{expected}/a/?b=c"
    assert Visitor(proxy).at(Host=f"{HOST}:8443").host == f"{HOST}:8443"
    assert Visitor(proxy).at().host == HOST


def only_websockets_are_upgraded(front: Front) -> None:
    visitor = Visitor(front.start())
    assert visitor.at(Upgrade="websocket", Connection="upgrade").connection == "upgrade"
    assert visitor.at(Upgrade="h2c", Connection="upgrade").connection == ""


def compression(front: Front) -> None:
    """A page goes out compressed, once."""
    visitor = Visitor(front.start())
    for path in ("/", "/compressed/"):
        answer = visitor.asks(path=path, **{"Accept-Encoding": "gzip"})
        assert answer.headers.get_list("Content-Encoding") == ["gzip"], answer.headers


def challenge(front: Front) -> None:
    """Who issues certificates asks in plain HTTP for a file."""
    proxy = front.start()
    file = Path(proxy.folder) / "acme/.well-known/acme-challenge/token"
    file.parent.mkdir(parents=True)
    file.write_text("token.key")
    url = f"http://127.0.0.1:{proxy.plain_port}/.well-known/acme-challenge/token"
    assert httpx.get(url, headers={"Host": HOST}).text == "token.key"


def new_certificate(front: Front) -> None:
    """A certificate that has changed is shown without a reload."""
    proxy = front.start()
    Visitor(proxy).asks()
    for file in self_signed(proxy.folder, HOST):  # in the place of the other
        os.utime(file, (time.time() + 5,) * 2)
    wait_until(lambda: trusted(proxy), "the new certificate", timeout=20)


def trusted(proxy: Proxy) -> bool:
    try:
        return bool(Visitor(proxy).asks())
    except httpx.ConnectError:
        return False


CHECKS = (
    stickiness, stickiness_without_session, names, dying_server, no_server, replaced_server, attempts,
    forged_address, address_behind_proxies, forged_id, foreign_host, ports, only_websockets_are_upgraded,
    compression, challenge, new_certificate,
)  # fmt: skip
# What to take away, what is left then, and the check that is to notice.
GUARDS: dict[str, tuple[str, str, Callable[[Front], None]]] = {
    "hash": ("    hash $visitor;\n", "", stickiness),
    "hash over the addresses of one name": ("hash $visitor;", "hash $visitor consistent;", stickiness),
    "hash of the session": ("default $cookie_sessionid;", "default $remote_addr;", stickiness),
    "hash of the address": ('""      $remote_addr;', '""      $request_id;', stickiness_without_session),
    "names are asked for again": (" valid=2s", "", names),
    "a server is used again soon": (" fail_timeout=2s", "", dying_server),
    "page for a moment": ("error_page 502 504 =503 @back_in_a_moment;", "", no_server),
    "second chance": ("502 504 = @again;", "502 504 =503 @back_in_a_moment;", replaced_server),
    "no second chance for forms": ("if ($acted_upon)", 'if ($acted_upon = "never")', dying_server),
    "attempts are limited": ("    limit_req zone=signing_in burst=30 nodelay;\n", "", attempts),
    "people of an office": ("burst=30", "burst=5", attempts),
    "attempts of the admin": ("(admin/)?", "", attempts),
    "pages are no attempts": ("^POST /", "^[A-Z]+ /", attempts),
    "addresses are overwritten": (
        " $remote_addr;\n    proxy",
        " $http_x_forwarded_for;\n    proxy",
        forged_address,
    ),
    "addresses of visitors": ("    real_ip_header    X-Forwarded-For;\n", "", address_behind_proxies),
    "chains of proxies": ("real_ip_recursive on", "real_ip_recursive off", address_behind_proxies),
    "ids are overwritten": (
        "    proxy_set_header X-Request-ID      $request_id;\n",
        "",
        forged_id,
    ),
    "foreign names": (
        "    ssl_reject_handshake on;\n    return 444;",
        "    ssl_reject_handshake on;",
        foreign_host,
    ),
    "foreign names in TLS": (
        "ssl_reject_handshake on;",
        "ssl_certificate $certificate; ssl_certificate_key $certificate_key;",
        foreign_host,
    ),
    "published port": ("$public_port$request_uri", "$request_uri", ports),
    "port of browsers": ("$host$is_request_port$request_port", "$host", ports),
    "sockets": (
        '~*^websocket$ upgrade;\n    default       ""',
        'default upgrade; "" ""',
        only_websockets_are_upgraded,
    ),
    "compression": ("    gzip on;\n", "", compression),
    "challenge": ("location /.well-known/acme-challenge/", "location /nowhere/", challenge),
    "certificates are read again": (" valid=1s", " valid=1d", new_certificate),
}
# What a check says where something doesn't hold; that nginx doesn't start is none of it.
NOTICED = (AssertionError, TimeoutError)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("servers"), free_port()
    template = folder / "servers.conf.template"
    template.write_text(SERVER % " ".join(f"listen {address}:{port};" for address in (*SERVERS, "127.0.0.1")))
    with Nginx(folder, template, variables={}, ports={0: port}) as servers:
        yield servers


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds(check, servers, tmp_path):
    with Front(servers, tmp_path) as front:
        check(front)


@pytest.mark.parametrize("name", GUARDS)
def test_removal_is_noticed(name, servers, tmp_path):
    text, without, check = GUARDS[name]
    with Front(servers, tmp_path, (text, without)) as front, pytest.raises(NOTICED) as noticed:
        check(front)
    print(f"{name:32} {str(noticed.value).splitlines()[0][:120]}")
