import time

from django.contrib.auth import get_user_model
from djust.decorators import event_handler

from apps.core.live import AppLiveView


class SlowView(AppLiveView):
    login_required = False
    # A snapshot belongs to a session and a path, so this view would start from another one's.
    enable_state_snapshot = False
    template = '<div dj-root dj-view="probe_views.SlowView">{{ count }}</div>'

    def mount(self, request, **kwargs):
        self.count = 0

    @event_handler()
    def slow(self, seconds: int = 4, **kwargs):
        time.sleep(seconds)
        self.query()

    @event_handler()
    def query(self, **kwargs):
        self.count += 1 + 0 * get_user_model().objects.count()


class CounterView(AppLiveView):
    login_required = False
    template = '<div dj-root dj-view="probe_views.CounterView">{{ count }}</div>'

    def mount(self, request, **kwargs):
        self.count = 0

    @event_handler()
    def increment(self, **kwargs):
        self.count += 1

    @event_handler()
    def fail(self, password: str = "", **kwargs):
        raise RuntimeError("broken on purpose")
