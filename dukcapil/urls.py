"""Which address belongs to which app."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from dukcapil import celery  # noqa: F401 - the application that hints are sent through
from dukcapil.core import views as core
from dukcapil.core.metrics import metrics
from registrations.urls import of_sessions

urlpatterns = [
    # First: programs ask most often, and the other addresses are tried one after another.
    path("api/v1/", include("dukcapil.api_urls")),
    path("sesi/", include(of_sessions)),
    path("", include("reports.urls")),
    path("", include("registrations.urls")),
    path("", include("events.urls")),
    path("akun/", include("dukcapil.accounts.urls")),
    path("bahasa/", login_not_required(set_language), name="set_language"),
    path("healthz", core.healthz, name="healthz"),
    path("readyz", core.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "dukcapil.core.views.bad_request"
handler403 = "dukcapil.core.views.forbidden"
handler404 = "dukcapil.core.views.not_found"
handler429 = core.too_many
handler500 = "dukcapil.core.views.server_error"
