import socket

import pytest
from django.core.management import call_command


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.django_db(transaction=True)
def test_healthy_machine(capsys, free_port):
    call_command("doctor", port=free_port)
    assert "wrong" not in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_taken_port_is_named_with_what_mends_it(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit, match="1"):
        call_command("doctor", port=other.getsockname()[1])
    assert "mend: end it, or choose another port" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_silent_redis_is_named_without_its_password(capsys, settings, free_port):
    settings.REDIS_URLS = {"state": f"redis://:secret@127.0.0.1:{free_port}/0"}
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", port=free_port)
    output = capsys.readouterr().out
    assert "wrong  state" in output
    assert "REDIS_STATE_URL" in output
    assert "secret" not in output
