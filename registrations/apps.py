from django.apps import AppConfig


class RegistrationsConfig(AppConfig):
    """People: residents, appointments, the service ledger."""

    name = "registrations"
