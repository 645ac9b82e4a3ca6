from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule

rule(
    "figure_sum",
    lambda: Invalid("figure-sum", _("Recorded and unrecorded do not add up to wajib KTP.")),
)
rule(
    "basis_two_people",
    lambda: Conflict("two-people", _("A second person approves a basis.")),
)
