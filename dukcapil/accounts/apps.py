from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dukcapil.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dukcapil.accounts import checks  # noqa: F401, PLC0415 - registers on import
