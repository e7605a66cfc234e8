"""Save one session from several threads at once, as sockets in lanes do; prints how many values are kept."""

import threading

import django

django.setup()

from django.db import connection  # noqa: E402

from apps.core.sessions import SessionStore  # noqa: E402

THREADS, SAVES = 4, 50

first = SessionStore()
first.create()


def save(thread: int) -> None:
    store = SessionStore(first.session_key)
    store.keys()
    for number in range(SAVES):
        store[f"{thread}-{number}"] = True
        store.save()
    connection.close()


threads = [threading.Thread(target=save, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(SessionStore(first.session_key).keys()), "of", THREADS * SAVES)
