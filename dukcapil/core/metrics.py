"""`/metrics` for a monitoring: how the server is, in the text format of Prometheus.

A scraper has no session, so it shows a secret of its own (`DUKCAPIL_METRICS_TOKEN`, as a bearer). Without one,
and to whoever shows another, there is no such address. No name and no number of anybody is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from dukcapil.core.road import long_ways
from dukcapil.core.views import checked


class _Server(Collector):
    """Asked at each scrape; of all processes, for the counts stand in Redis."""

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("dukcapil_ready", "1: it is well; 0: it is not", labels=["part"])
        for part, is_well in checked().items():
            ready.add_metric([part], float(is_well))
        yield ready
        gone = CounterMetricFamily(
            "dukcapil_short_road_handed_on",
            "Requests that the short road left to the framework, from midnight on",
            labels=["reason"],
        )
        for reason, count in long_ways().items():
            gone.add_metric([reason], count)
        yield gone


_registry = CollectorRegistry()
_registry.register(_Server())


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    # The scheme is one word however it is written (RFC 9110, 11.1).
    scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
    secret = settings.METRICS_TOKEN
    is_known = constant_time_compare(shown.strip(" "), secret)
    if not (secret and scheme.lower() == "bearer" and is_known):
        raise Http404
    return HttpResponse(
        generate_latest(_registry),
        content_type=CONTENT_TYPE_LATEST,
        headers={"Cache-Control": "no-store"},
    )
