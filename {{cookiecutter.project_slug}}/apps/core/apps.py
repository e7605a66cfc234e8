from django.apps import AppConfig
#% if cookiecutter.tier == "scale"
from django.conf import settings
from django.db.backends.signals import connection_created
from djust import runtime

from apps.core import cluster
from config import replica
#% else
from djust import runtime
#% endif
##%
##%
class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self):
        # Seconds that an event waits for the state of its view to be saved, before djust answers without.
        # At its own 0.15 a saturated worker gave up 12 to 33 % of saves: reconnects then restore older state.
        runtime.EVENT_STATE_SAVE_TIMEOUT_S = 2.0
#% if cookiecutter.tier == "scale"
        connection_created.connect(replica.mark_writes)
##%
        for url in settings.REDIS_CLUSTERS.values():
            cluster.use(url)
#% endif
