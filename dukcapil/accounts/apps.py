from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dukcapil.accounts"
    label = "accounts"
