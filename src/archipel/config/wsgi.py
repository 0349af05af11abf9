"""WSGI entry point: pages and API."""

import os

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

from archipel.foundation.tuning import for_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
application = get_wsgi_application()
get_resolver().reverse_dict  # noqa: B018 - every page is imported before the first request, not during it
get_template("ui/base.html")  # the frame of every page too is read before
for_pages()
