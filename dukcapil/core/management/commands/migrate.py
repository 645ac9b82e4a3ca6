from django.core.management.commands.migrate import Command as Migrate

from dukcapil.core.command import RoleMixin


class Command(RoleMixin, Migrate):
    """Django's migrate, as the role that owns the tables."""

    database_role = "owner"
