import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes of the few records that two offices should look at."""

    atomic = False

    dependencies = [("registrations", "0004_numbers_in_doubt")]

    operations = [
        AddIndexConcurrently(
            model_name="servicerecord",
            index=models.Index(
                condition=models.Q(
                    ("row_kind", "record"),
                    models.Q(
                        models.Q(
                            ("office", django.db.models.functions.text.Left("domicile", 5)),
                            _negated=True,
                        ),
                        ("set_aside_code", "doubtful-number"),
                        (
                            "service_date__lt",
                            models.Func(
                                models.F("timezone"),
                                models.F("received_at"),
                                output_field=models.DateField(),
                                template="(timezone(%(expressions)s)::date - 7)",
                            ),
                        ),
                        _connector="OR",
                    ),
                ),
                fields=["office", "received_at"],
                name="ledger_unusual_office",
            ),
        ),
        AddIndexConcurrently(
            model_name="servicerecord",
            index=models.Index(
                condition=models.Q(
                    ("row_kind", "record"),
                    models.Q(
                        models.Q(
                            ("office", django.db.models.functions.text.Left("domicile", 5)),
                            _negated=True,
                        ),
                        ("set_aside_code", "doubtful-number"),
                        (
                            "service_date__lt",
                            models.Func(
                                models.F("timezone"),
                                models.F("received_at"),
                                output_field=models.DateField(),
                                template="(timezone(%(expressions)s)::date - 7)",
                            ),
                        ),
                        _connector="OR",
                    ),
                ),
                fields=["domicile", "received_at"],
                name="ledger_unusual_domicile",
            ),
        ),
    ]
