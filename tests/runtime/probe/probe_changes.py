from apps.core.changes import follows
from apps.core.live import AppLiveView
from apps.users.models import User


@follows(User)
class FollowerView(AppLiveView):
    """Shows each change that it was told of, in order."""

    login_required = False
    enable_state_snapshot = False
    template = '<div dj-root dj-view="probe_changes.FollowerView">told: {{ told }}.</div>'

    def mount(self, request, **kwargs):
        self.told = ""

    def handle_change(self, pk=None, **kwargs):
        self.told += f" {pk}"
