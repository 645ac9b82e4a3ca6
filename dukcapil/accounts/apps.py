"""Who works here, what each may do, and whose rows each may see."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dukcapil.accounts"
    label = "accounts"

    def import_models(self) -> None:
        """Those of the offices too: they stand above the services that `models` stands below."""
        super().import_models()
        import_module("dukcapil.accounts.offices.models")

    def ready(self) -> None:
        from dukcapil.accounts import adapters, checks  # noqa: F401, PLC0415 - register on import
