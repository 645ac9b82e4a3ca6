from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from dukcapil.core.sql import written

#: Put back by the next statement, in fewer words: PostgreSQL reads them anew for each INSERT.
DROP = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE registrations_servicerecord DROP CONSTRAINT ledger_card_used;
"""


class Migration(migrations.Migration):
    """A row of the ledger costs less: its hash is made in PL/pgSQL, and the check of its card says the same in a
    quarter of the text.
    """

    dependencies = [("registrations", "0049_ledger_in_bulk")]

    operations = [
        migrations.RunSQL(written(__file__, "ledger_hash")),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP)],
            state_operations=[
                migrations.RemoveConstraint(model_name="servicerecord", name="ledger_card_used"),
            ],
        ),
        AddConstraintNotValid(
            model_name="servicerecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("card_used", ""),
                    models.Q(
                        (
                            "service__in",
                            ["card_print", "child_card", "child_card_0_5", "child_card_over_5"],
                        ),
                        models.Q(
                            models.Q(
                                ("outcome", "failed"),
                                ("row_kind", "record"),
                                models.Q(
                                    ("card_used", "none"),
                                    models.Q(
                                        ("card_used", "spoiled:encode"),
                                        ("reason__in", ["network", "power", "device", "other"]),
                                        ("service", "card_print"),
                                    ),
                                    models.Q(
                                        ("card_used", "spoiled:print"),
                                        ("reason__in", ["network", "power", "device", "other"]),
                                    ),
                                    models.Q(
                                        ("card_used", "spoiled:physical"),
                                        ("reason__in", ["device", "other"]),
                                    ),
                                    models.Q(
                                        ("card_used", "spoiled:no_chip"),
                                        ("reason__in", ["device", "other"]),
                                        ("service", "card_print"),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            models.Q(
                                (
                                    "card_used__in",
                                    [
                                        "never_used",
                                        "spoiled:encode",
                                        "spoiled:print",
                                        "spoiled:physical",
                                        "spoiled:no_chip",
                                    ],
                                ),
                                ("outcome", "done"),
                                ("row_kind", "void"),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="ledger_card_used",
                violation_error_code="card-used",
                violation_error_message="No card is spoiled in this way for this reason.",
            ),
        ),
    ]
