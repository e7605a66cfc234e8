import secrets

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Create a first staff login with a random password and print it, unless there is one already."
    requires_system_checks = ()

    def handle(self, *args, **options):
        users = get_user_model().objects
        if existing := users.filter(is_staff=True).first():
            self.stdout.write(f"Staff login: {existing.username} (manage.py createsuperuser makes another)")
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser("admin", password=password)
        self.stdout.write(f"Staff login: admin with the password {password} (it is not shown again)")
