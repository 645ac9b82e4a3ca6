"""Who works here, what each may do, and whose rows each may see."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dukcapil.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dukcapil.accounts import adapters, checks  # noqa: F401, PLC0415 - register on import
