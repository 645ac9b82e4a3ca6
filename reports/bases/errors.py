from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule

rule(
    "figure_sum",
    lambda: Invalid("figure-sum", _("Recorded and unrecorded do not add up to wajib KTP.")),
)
rule(
    "DK301",
    lambda: Conflict("two-people", _("A second person decides about a basis.")),
)
rule(
    "DK302",
    lambda: Conflict("two-people", _("A second person approves a publication.")),
)
rule(
    "DK303",
    lambda: Conflict(
        "newer-revision", _("There is a newer revision of this day. Look at it before you confirm.")
    ),
)
rule("DK304", lambda: Conflict("day-locked", _("The province has locked this day.")))
rule(
    "DK305",
    lambda: Invalid(
        "nil-reason",
        _("Give a reason exactly when nobody was served on the day."),
        field="nil_reason",
    ),
)
rule(
    "confirmation_other_has_note",
    lambda: Invalid("note", _("Say in the note what the other reason was."), field="note"),
)
rule(
    "reports_dayconfirmation_day_id_key",
    lambda: Conflict("confirmed", _("This revision is confirmed already.")),
)
rule("daylock_once", lambda: Conflict("day-locked", _("The province has locked this day.")))
rule(
    "basis_refusal_has_note",
    lambda: Invalid("note", _("Say why it is refused."), field="note"),
)
rule(
    "reports_basisdecision_basis_id_key",
    lambda: Conflict("decided", _("This basis was decided about already.")),
)
rule(
    "reports_publication_release_id_key",
    lambda: Conflict("published", _("This release was approved already.")),
)
rule(
    "webhook_once",
    lambda: Conflict("webhook-exists", _("This address is told already."), field="url"),
)
