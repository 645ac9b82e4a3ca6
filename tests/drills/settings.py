"""The benchmarks' settings, reached by Django's test client too."""

from tests.benchmarks.settings import *  # noqa: F403

ROOT_URLCONF = "dukcapil.urls"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405
LOGGING["root"]["level"] = "CRITICAL"  # noqa: F405
