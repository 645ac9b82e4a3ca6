from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes of the turned names, and of birth dates."""

    atomic = False

    dependencies = [("registrations", "0011_names_filled")]

    operations = [
        AddIndexConcurrently(
            model_name="resident",
            index=models.Index(
                fields=["office", "birth_date", "village", "id"], name="resident_office_born"
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_2__isnull", False)),
                fields=["office", "key_2"],
                name="identity_name_2",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_3__isnull", False)),
                fields=["office", "key_3"],
                name="identity_name_3",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_4__isnull", False)),
                fields=["office", "key_4"],
                name="identity_name_4",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_5__isnull", False)),
                fields=["office", "key_5"],
                name="identity_name_5",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_6__isnull", False)),
                fields=["office", "key_6"],
                name="identity_name_6",
            ),
        ),
    ]
