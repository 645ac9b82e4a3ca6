"""Who works here, what each may do, and whose rows each may see."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dukcapil.accounts"
    label = "accounts"

    def ready(self) -> None:
        # They register on import.
        from dukcapil.accounts import adapters, checks  # noqa: F401, PLC0415
