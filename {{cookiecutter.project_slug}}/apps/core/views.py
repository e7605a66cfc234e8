from apps.core.live import AppLiveView, Presence


class HomeView(Presence, AppLiveView):
    """The public first page, which knows how many people look at it."""

    template_name = "core/home.html"
    login_required = False
    presence_key = "home"

    def mount(self, request, **kwargs):
        self.track_presence()
