"""Codes and names of provinces, regencies, districts and villages."""

from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "dukcapil.regions"
    label = "regions"
