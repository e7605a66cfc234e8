from django.contrib.auth.models import AbstractUser
#% if cookiecutter.live_database == "yes"
##%
from apps.core.changes import announced


@announced(except_for={"last_login"})  # which each sign-in saves
#% else
##%
##%
#% endif
class User(AbstractUser):
    """The project's own user, so that fields can be added later.

    https://docs.djangoproject.com/en/5.2/topics/auth/customizing/#using-a-custom-user-model-when-starting-a-project
    """
