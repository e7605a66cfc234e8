#!/bin/sh
# What a release does before its processes start.
set -eu

python manage.py {{ cookiecutter.__migrate }}
#% if cookiecutter.celery == "none"
python manage.py clearsessions
#% endif
#% if cookiecutter.__static_media == "nginx"
# Files of earlier releases stay, for pages that are still open. nginx is never seen to send half of one.
rm -rf /srv/static/.new
cp -R staticfiles /srv/static/.new
cp -R --link --update=none /srv/static/.new/. /srv/static
rm -r /srv/static/.new
#% elif cookiecutter.__static_media == "cdn"
python manage.py upload_static
#% endif
#% if cookiecutter.tier == "scale"
python manage.py search_index --release
#% endif
