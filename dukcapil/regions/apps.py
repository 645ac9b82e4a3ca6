from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "dukcapil.regions"
    label = "regions"
