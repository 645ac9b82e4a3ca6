"""One settings file. Every value from the environment is typed and fails loudly.

Names: DUKCAPIL_* ours, DATABASE_URL and REDIS_URL as everywhere. docs/operations.md lists them.
"""

import logging
import os
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from dukcapil import embedded, engine_settings
from dukcapil.api_enums import ENUM_NAMES

env = ENV = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = embedded.var_dir()

DEBUG = env.bool("DUKCAPIL_DEBUG", default=False)
HTTPS = env.bool("DUKCAPIL_HTTPS", default=False)
PORT = env.int("PORT", default=8000)
SECRET_KEY = env.str("DUKCAPIL_SECRET_KEY", default="") or embedded.secret(
    VAR_DIR, "secret-key", 48
)
ALLOWED_HOSTS = env.list("DUKCAPIL_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DUKCAPIL_ORIGINS", default=[])

# --- database and Redis ------------------------------------------------------------------------

DATABASE_ROLE = env.str("DUKCAPIL_DB_ROLE", default="web")
if DATABASE_ROLE not in embedded.LOGIN_ROLES:
    raise ImproperlyConfigured(f"DUKCAPIL_DB_ROLE must be one of {embedded.LOGIN_ROLES}")

#: When nothing runs, the address is one where nothing listens; manage.py says so to the person.
_NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"
DATABASES = {
    "default": {
        **env.db_url_config(embedded.database_url(VAR_DIR, DATABASE_ROLE) or _NOWHERE),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("DUKCAPIL_CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {"connect_timeout": 10},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = embedded.redis_url(VAR_DIR) or "redis://127.0.0.1:1/0"
#: use -> address: jobs, what may be lost, sessions (engine_settings.REDIS_USES).
REDIS_URLS = engine_settings.redis_urls(REDIS_URL)
CACHES = {
    alias: {
        "BACKEND": "dukcapil.core.redis.LosableCache",
        "LOCATION": REDIS_URLS[use],
        "KEY_PREFIX": "dukcapil",
        # Whoever can write into Redis must not be able to run code here: no pickle.
        "OPTIONS": {"serializer": "dukcapil.core.redis.JsonSerializer"},
    }
    for alias, use in (("default", "cache"), ("sessions", "sessions"))
}
#: In the session, not in a cookie: a message may speak of somebody's work.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "dukcapil.core.sessions"
SESSION_CACHE_ALIAS = "sessions"

# --- applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "dukcapil.core",
    "dukcapil.regions",
    "dukcapil.accounts",
    "events",
    "registrations",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "dukcapil.core.static.StaticConfig",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dukcapil.core.middleware.HeadersMiddleware",
    # Before everything that answers kept (docs/adr/0018), plain requests of programs (0078) and polls (0081) do not need.
    "reports.middleware.WarmCoverageMiddleware",
    "registrations.middleware.ShortRoadMiddleware",
    "dukcapil.accounts.polls.PollMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dukcapil.core.middleware.CompressionMiddleware",
    "dukcapil.core.middleware.PolicyMiddleware",
    "dukcapil.core.middleware.RefusedMiddleware",
    "dukcapil.core.middleware.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dukcapil.core.middleware.LanguageMiddleware",
    "dukcapil.core.middleware.AddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Before the login page takes over: what somebody typed without a session is kept for them.
    "dukcapil.accounts.middleware.KeptFormMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "dukcapil.core.middleware.LogMiddleware",
    "dukcapil.accounts.middleware.SecondFactorMiddleware",
    # Innermost: opens the transaction, sets the scope, calls the view.
    "dukcapil.accounts.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "dukcapil.urls"
WSGI_APPLICATION = "dukcapil.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dukcapil.accounts.context.desk",
            ],
        },
    }
]
FORM_RENDERER = "dukcapil.core.forms.Renderer"
INSTALLED_APPS.append("django.forms")

# --- people and access -------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["dukcapil.accounts.adapters.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "dukcapil.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
#: Codes of the second factor, for each person. Passwords: accounts/adapters.py.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/5m/key",
    "login": None,
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
#: Proxies of our own in front, whose X-Forwarded-For is believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("DUKCAPIL_PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "dukcapil"
#: One step of 30 seconds either way (RFC 6238, 5.2): clocks of office phones drift.
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "dukcapil.accounts.adapters.MfaAdapter"

SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sesi" if HTTPS else "sesi"
CSRF_FAILURE_VIEW = "dukcapil.core.views.csrf_failed"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
#: Accounts never use mail: a forgotten password is the head's to renew (ADR 0013). Reminders of
#: bookings do, where an office has a server: smtp+tls://user:password@host:587
_MAIL = env.email_url("DUKCAPIL_EMAIL_URL", default="dummymail://")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL.get("EMAIL_HOST"), _MAIL.get("EMAIL_PORT")
EMAIL_HOST_USER = _MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DUKCAPIL_EMAIL_FROM", default="dukcapil@localhost")
#: channel -> class that sends (registrations.booking.services.gateways)
_CONSOLE = "registrations.booking.services.gateways.Console"
GATEWAYS = {
    "email": env.str(
        "DUKCAPIL_GATEWAY_EMAIL",
        default=_CONSOLE
        if EMAIL_BACKEND.endswith("dummy.EmailBackend")
        else "registrations.booking.services.gateways.Mail",
    ),
    "phone": env.str("DUKCAPIL_GATEWAY_PHONE", default=_CONSOLE),
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}

KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model's name
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "AUTO_REFRESH": False}

# --- API ---------------------------------------------------------------------------------------

#: Above core.http.LARGEST_BODY and front.PLAN_BODY, so that our own parsers say 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = 13 * 1024 * 1024
#: Whether the look-ups of every request are prepared; `no` behind a pooler of transactions.
PREPARED = env.bool("DUKCAPIL_PREPARED", default=True)
#: Whether plain requests of programs pass by the framework (docs/adr/0078); `no`: all go the long way.
SHORT_ROAD = env.bool("DUKCAPIL_SHORT_ROAD", default=True)
#: Hosts that webhooks may call; none unless the operator names them.
WEBHOOK_HOSTS = [host.lower() for host in env.list("DUKCAPIL_WEBHOOK_HOSTS", default=[])]
#: Full numbers, and lists of people, that one person may take out within an hour.
REVEALS_AN_HOUR = env.int("DUKCAPIL_REVEALS_AN_HOUR", default=20)
EXPORTS_AN_HOUR = env.int("DUKCAPIL_EXPORTS_AN_HOUR", default=5)
API_RATE = env.str("DUKCAPIL_API_RATE", default="6000/min")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "dukcapil.accounts.authentication.ScopedTokenAuthentication",
        "dukcapil.accounts.authentication.ScopedSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["dukcapil.accounts.authentication.HasPermission"],
    "DEFAULT_RENDERER_CLASSES": ["dukcapil.core.http.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "dukcapil.core.http.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["dukcapil.core.http.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["dukcapil.accounts.authentication.TokenRateThrottle"],
    "EXCEPTION_HANDLER": "dukcapil.core.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "dukcapil.core.openapi.ApiSchema",
    "DEFAULT_PAGINATION_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "dukcapil",
    "DESCRIPTION": (
        "Service events and coverage of the civil-registry offices. Begin with *ten minutes with the "
        "API* (`/api/v1/docs/mulai/`).\n\nErrors are `application/problem+json`; their `title` and "
        "`detail` are in Indonesian, or in English where `Accept-Language` prefers it. Lists are "
        "`{results: [...]}`, in pages that `Link` joins. Times have an offset, days are those of the "
        "place, percentages are text with two decimals, unknown is null. Region codes are text: "
        "`13.75.01.1001`."
    ),
    "VERSION": "v1",
    "SERVERS": [{"url": "/", "description": "the server that this document comes from"}],
    "TAGS": [
        {"name": "events", "description": "Service events: planned, signed, closed."},
        {"name": "sessions", "description": "Hours of an event, with their places."},
        {"name": "elections", "description": "Elections, planned, moved, cancelled, with sources."},
        {"name": "local-days", "description": "Days that regions opened or closed."},
        {"name": "points", "description": "Where an office works besides its own house."},
        {"name": "openings", "description": "Offices open on days off, and whether they are."},
        {"name": "desk", "description": "The board of a day: every office, the worst first."},
        {"name": "incidents", "description": "What hinders offices, with each office's end."},
        {"name": "alerts", "description": "What goes wrong, told once, and who sees to it."},
        {"name": "residents", "description": "People, masked; looking is logged."},
        {"name": "roll", "description": "Who is still to be recorded: counts, people, lists."},
        {"name": "findings", "description": "What was found out about somebody on a list."},
        {"name": "burials", "description": "Burial registers of villages."},
        {"name": "record-statuses", "description": "What SIAK says of people's recordings."},
        {"name": "documents", "description": "Documents that people ask for, up to the hand-over."},
        {"name": "office-counts", "description": "What offices count without persons."},
        {
            "name": "plans",
            "description": "Which team goes where on which day, and what it is made of.",
        },
        {"name": "papers", "description": "Suket and biodata sheets, each with its record."},
        {"name": "paper-rules", "description": "When papers are issued, by election."},
        {"name": "print-rules", "description": "From when on offices print cards before 17."},
        {"name": "appointments", "description": "Bookings and arrivals."},
        {"name": "messages", "description": "What people are told, without their addresses."},
        {"name": "service-records", "description": "The ledger of services: append-only."},
        {"name": "coverage", "description": "Who is recorded, by region and day."},
        {"name": "daily-reports", "description": "Revisions of a day, confirmed and locked."},
        {"name": "bases", "description": "The official data that figures rest on."},
        {"name": "targets", "description": "Percentages to be reached, by year."},
        {"name": "releases", "description": "Figures as they were published."},
        {"name": "editions", "description": "Voters by village for a recipient who is named."},
        {"name": "metadata", "description": "What each figure means."},
        {"name": "structures", "description": "The SDMX structures of `format=sdmx-csv`."},
        {"name": "dataValueSets", "description": "The same figures as DHIS2 reads them."},
        {"name": "age-bands", "description": "Who is not recorded, by age."},
        {
            "name": "stock",
            "description": "Cards: what an office has, what moved, what was counted, requests.",
        },
        {"name": "devices", "description": "Recording sets, printers; what is out of order."},
        {"name": "outages", "description": "No network, or no power."},
        {"name": "files", "description": "PDF and data packages, made by a job."},
        {"name": "webhooks", "description": "Addresses that are told of a release."},
        {"name": "webhook-deliveries", "description": "What was sent to them."},
        {"name": "regions", "description": "The regions of the nation, with their codes."},
        {"name": "ping", "description": "Whether a token holds."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dukcapil.api_document.finish",
    ],
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
}

# --- jobs --------------------------------------------------------------------------------------

BUILD_EVERY_SECONDS = env.int("DUKCAPIL_BUILD_EVERY", default=120)
CELERY_BROKER_URL = REDIS_URLS["broker"]

# --- language, time, files ---------------------------------------------------------------------

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "dukcapil" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = env.path("DUKCAPIL_STATIC_ROOT", default=str(VAR_DIR / "static"))()
#: Tests read files where they stand; everything else serves hashed copies.
STATIC_HASHED = env.bool("DUKCAPIL_STATIC_HASHED", default=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "dukcapil.core.static.HashedStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
#: Found when asked for: each client of a test would list all of them anew, which takes 50 ms.
WHITENOISE_AUTOREFRESH = not STATIC_HASHED
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
#: One line for each request, when it ends (core.middleware.LogMiddleware).
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

#: Errors to a collector that the office itself runs; empty: none are sent anywhere.
SENTRY_DSN = env.str("DUKCAPIL_SENTRY_DSN", default="")
#: What a monitoring shows at `/metrics`; empty: there is no such address.
METRICS_TOKEN = env.str("DUKCAPIL_METRICS_TOKEN", default="")

# --- logs --------------------------------------------------------------------------------------

LOG_LEVEL = env.str("DUKCAPIL_LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dukcapil.core.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "WARNING"},
        # Django logs bodies of database errors with their values at this level and below.
        "django.db.backends": {"level": "WARNING", "propagate": False},
        "django.server": {"level": "WARNING"},
    },
}
os.environ.setdefault("PGAPPNAME", f"dukcapil-{DATABASE_ROLE}")
