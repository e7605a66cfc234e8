import tempfile
from functools import cached_property

from djust import LiveView
from djust.presence import PresenceMixin
from djust.uploads import UploadManager, UploadMixin


class AppLiveView(LiveView):
    """Base class of the project's live views.

    Views are for signed-in users unless they say otherwise, and keep what a user is in the middle of
    over a reconnect. What must last belongs in the database or the URL: mount() reads it from there.
    """

    abstract = True
    login_required = True
    # Public attributes go into the Django session after each event, so keep them few and JSON-serialisable.
    enable_state_snapshot = True

    # djust sends no HTML to a page whose state was restored. But rows and presence may have changed since,
    # and nobody would see it before the next event. The client only morphs what differs.
    _mounted_from_restore = property(lambda self: False, lambda self, restored: None)


class LazyUploadManager(UploadManager):
    """Makes its folder when there is a file for it.

    djust makes it for each request of a page, and removes it when a socket closes, which a request never has.
    """

    def __init__(self):
        super().__init__(temp_dir="made later")
        del self._temp_dir

    @cached_property
    def _temp_dir(self) -> str:
        return tempfile.mkdtemp(prefix="uploads-")


class Uploads(UploadMixin):
    """Let the view take uploads: mount() says which, by allow_upload()."""

    def _ensure_upload_manager(self) -> UploadManager:
        if self._upload_manager is None:
            self._upload_manager = LazyUploadManager()
        return self._upload_manager


class Presence(PresenceMixin):
    """Count who has the view open, as online_count."""

    online_count = 0

    def _restore_presence(self):
        # With a snapshot, the socket starts from the state of the page's GET and mount() is not called
        # again. djust then only repeats a registration, and a GET has none.
        if self._presence_tracked:
            super()._restore_presence()
        else:
            self.track_presence()
