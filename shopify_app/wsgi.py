"""The web process: `gunicorn shopify_app.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopify_app.settings")
application = get_wsgi_application()
