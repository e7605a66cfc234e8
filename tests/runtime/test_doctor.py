"""`make doctor` on the stack of production: each fault is found, and what it says mends it."""

import pytest

from tests.services import free_port


@pytest.fixture
def doctor(site):
    def run(**env) -> list[str]:
        """Return the names of what is wrong; the exit code must say the same."""
        done = site.run("manage.py", "doctor", "--port", str(free_port()), check=False, **env)
        assert [redis.password for redis in site.redis.values() if redis.password in done.stdout] == []
        wrong = [line[9:23].strip() for line in done.stdout.splitlines() if line.startswith("  wrong")]
        assert done.stdout.count("mend:") == len(wrong)
        assert bool(done.returncode) == bool(wrong), done.stdout
        return wrong

    return run


def test_healthy_stack(doctor):
    assert doctor() == []


@pytest.mark.parametrize("name", ["state", "channel", "broker"])
def test_silent_redis(site, doctor, name):
    site.redis[name].stop()
    try:
        assert doctor() == [name]
    finally:
        site.redis[name].start()


def test_redis_that_evicts(site, doctor):
    code = "import redis, sys; redis.Redis.from_url(sys.argv[1]).config_set('maxmemory-policy', sys.argv[2])"

    def set_policy(policy):
        site.run("-c", code, site.redis["state"].url(), policy)

    set_policy("allkeys-lru")
    try:
        assert doctor() == ["state"]
    finally:
        set_policy("noeviction")


def test_silent_database(doctor):
    assert doctor(DATABASE_URL=f"postgresql://ada:secret@127.0.0.1:{free_port()}/site") == ["database"]


def test_migrations_that_are_not_applied(site, doctor):
    assert doctor(DATABASE_URL=site.postgres.create_database("empty")) == ["database"]


def test_static_files_that_are_not_collected(site, doctor):
    collected = site.folder / "staticfiles"
    aside = collected.rename(site.folder / "aside")
    try:
        assert doctor() == ["static files"]
    finally:
        aside.rename(collected)
