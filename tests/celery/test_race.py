"""A task that is queued after the commit always finds its row; one that is queued before it doesn't."""

from tests.services import wait_until

ROWS = 1000
CREATE = """
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth import get_user_model
user, _ = get_user_model().objects.get_or_create(username="ada")
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda _: create(user, {where!r}, {work}), range({rows})))
"""


def look(project, where: str, rows: int, work: float) -> tuple[int, int]:
    """Create rows in 8 threads, each `work` seconds before its commit; count tasks that saw and missed."""
    with project.worker() as worker:
        project.do(CREATE.format(where=where, rows=rows, work=work))
        try:
            wait_until(lambda: sum(counts(project, where)) >= rows, "all tasks", timeout=180)
        except TimeoutError as problem:
            problem.add_note(f"seen and missed: {counts(project, where)} of {rows}")
            problem.add_note(worker.log.read_text()[-3000:])
            raise
    return counts(project, where)


def counts(project, where: str) -> tuple[int, int]:
    return project.noted(f"{where}:seen"), project.noted(f"{where}:missed")


def test_no_task_misses_its_row(project):
    seen, missed = look(project, "after commit", ROWS, work=0.02)
    assert missed == 0
    assert seen >= ROWS  # a task may be delivered twice


def test_a_bare_delay_misses_rows(project):
    # Two seconds, in which the worker has long started on the task.
    seen, missed = look(project, "before commit", 16, work=2)
    assert missed > 0, f"all {seen} tasks saw their row: this proof doesn't bite"
