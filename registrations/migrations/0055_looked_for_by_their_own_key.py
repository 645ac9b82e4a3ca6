from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from dukcapil.core.anew import AddIndexAnew


class Migration(migrations.Migration):
    """An index that has the row's id as a later column is asked only by whoever names its first one."""

    atomic = False

    dependencies = [("registrations", "0054_names_filled_to_the_eighth")]

    operations = [
        AddIndexAnew(
            model_name="burialbooks",
            index=models.Index(
                condition=models.Q(("office__isnull", False)),
                fields=["office", "-as_of", "-id"],
                name="burialbooks_of_office",
            ),
        ),
        AddIndexAnew(
            model_name="findingtask",
            index=models.Index(
                condition=models.Q(("village__isnull", False)),
                fields=["village", "-id"],
                name="findingtask_of_village",
            ),
        ),
        AddIndexAnew(
            model_name="printrule",
            index=models.Index(
                condition=models.Q(("office__isnull", False)),
                fields=["office", "-since", "-id"],
                name="printrule_of_office",
            ),
        ),
        AddIndexAnew(
            model_name="rollentry",
            index=models.Index(
                condition=models.Q(("list__isnull", False)),
                fields=["list", "village", "state", "id"],
                name="roll_entry_of_village",
            ),
        ),
        AddIndexAnew(
            model_name="rollentry",
            index=models.Index(
                condition=models.Q(("list__isnull", False)),
                fields=["list", "id"],
                name="roll_entry_of_list",
            ),
        ),
        AddIndexAnew(
            model_name="rollgone",
            index=models.Index(
                condition=models.Q(("roll_import__isnull", False)),
                fields=["roll_import", "village", "state", "id"],
                name="roll_gone_of_village",
            ),
        ),
        AddIndexAnew(
            model_name="rolltouched",
            index=models.Index(
                condition=models.Q(("office__isnull", False)),
                fields=["office", "id"],
                name="roll_touched_of_office",
            ),
        ),
        AddIndexAnew(
            model_name="rosterentry",
            index=models.Index(
                condition=models.Q(("roster__isnull", False)),
                fields=["roster", "class_name", "place", "id"],
                name="roster_entry_of_class",
            ),
        ),
        RemoveIndexConcurrently(model_name="burialbooks", name="burialbooks_newest"),
        RemoveIndexConcurrently(model_name="findingtask", name="findingtask_newest"),
        RemoveIndexConcurrently(model_name="printrule", name="printrule_newest"),
        RemoveIndexConcurrently(model_name="rollentry", name="roll_entry_village"),
        RemoveIndexConcurrently(model_name="rollentry", name="roll_entry_list"),
        RemoveIndexConcurrently(model_name="rollgone", name="roll_gone_village"),
        RemoveIndexConcurrently(model_name="rolltouched", name="roll_touched_office"),
        RemoveIndexConcurrently(model_name="rosterentry", name="roster_entry_class"),
    ]
