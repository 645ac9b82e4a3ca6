from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid


def no_places() -> Invalid:
    return Invalid("capacity", _("Give places for at least one service."), field="capacity")
