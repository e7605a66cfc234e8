#% if cookiecutter.celery != "none"
# Importing the Celery app with the project makes it the one that shared tasks register with.
from config.celery import app as celery_app

__all__ = ["celery_app"]
#% endif
