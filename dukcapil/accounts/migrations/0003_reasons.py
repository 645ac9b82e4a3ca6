from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """A reason says why. The log is never changed: rows of before stay as they are, unvalidated."""

    dependencies = [("accounts", "0002_rules")]

    operations = [
        AddConstraintNotValid(
            model_name="accesslog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action__in", ["reveal", "export"]), _negated=True),
                    ("reason__regex", ".{15}"),
                    _connector="OR",
                ),
                name="accesslog_reason_says_why",
                violation_error_code="reason-short",
                violation_error_message="Say why in at least 15 characters, without numbers of people.",
            ),
        ),
    ]
