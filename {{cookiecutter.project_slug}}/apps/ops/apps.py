from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "apps.ops"
#% if cookiecutter.celery != "none" and cookiecutter.cloud == "aws"
##%
    def ready(self):
        from apps.ops import beat, cloudwatch, worker  # noqa: F401 (each connects to Celery's signals)
#% elif cookiecutter.celery != "none"
##%
    def ready(self):
        from apps.ops import beat, worker  # noqa: F401 (each connects to Celery's signals)
#% endif
