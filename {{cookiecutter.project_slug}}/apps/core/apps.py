from django.apps import AppConfig
from djust import runtime


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self):
        # Seconds that an event waits for the state of its view to be saved, before djust answers without.
        # At its own 0.15 a saturated worker gave up 12 to 33 % of saves: reconnects then restore older state.
        runtime.EVENT_STATE_SAVE_TIMEOUT_S = 2.0
