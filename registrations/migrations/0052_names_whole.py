from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes of names hold all that the walls ask for; that of birth dates has the id beside its keys."""

    atomic = False

    dependencies = [("registrations", "0051_steps_at_a_desk")]

    operations = [
        AddIndexConcurrently(
            model_name="resident",
            index=models.Index(
                fields=["office", "birth_date", "village"], include=("id",), name="resident_born"
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                fields=["office", "name_key"],
                include=("village", "resident"),
                name="identity_word",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_2__isnull", False)),
                fields=["office", "key_2"],
                include=("village", "resident"),
                name="identity_word_2",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_3__isnull", False)),
                fields=["office", "key_3"],
                include=("village", "resident"),
                name="identity_word_3",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_4__isnull", False)),
                fields=["office", "key_4"],
                include=("village", "resident"),
                name="identity_word_4",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_5__isnull", False)),
                fields=["office", "key_5"],
                include=("village", "resident"),
                name="identity_word_5",
            ),
        ),
        AddIndexConcurrently(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_6__isnull", False)),
                fields=["office", "key_6"],
                include=("village", "resident"),
                name="identity_word_6",
            ),
        ),
        RemoveIndexConcurrently(model_name="resident", name="resident_office_born"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name_2"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name_3"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name_4"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name_5"),
        RemoveIndexConcurrently(model_name="residentidentity", name="identity_name_6"),
    ]
