from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Lists are taken out with a reason that says why; what other offices recorded is told apart."""

    dependencies = [("accounts", "0003_reasons"), ("registrations", "0002_rules")]

    operations = [
        # Reasons of lists that were taken out before stay as they are.
        AddConstraintNotValid(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", ".{15}")),
                name="export_reason_says_why",
                violation_error_code="reason-short",
                violation_error_message="Say why in at least 15 characters, without numbers of people.",
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "recorded_here"))),
    ]
