"""The application's settings with the baselines' addresses beside its own."""

from dukcapil.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
API_RATE = "100000000/min"
LOG_LEVEL = "ERROR"
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
LOGGING["loggers"]["django"] = {"level": "ERROR"}  # noqa: F405
LOGGING["loggers"]["django_structlog"] = {"level": "ERROR"}  # noqa: F405
