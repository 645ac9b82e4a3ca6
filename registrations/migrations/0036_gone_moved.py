"""Nobody is asked whether somebody is gone from a village in which they are not held any more."""

from django.db import migrations, models

_WHEN = """
DROP TRIGGER gone_over ON registrations_resident;
CREATE TRIGGER gone_over AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN ((NEW.merged_into IS NOT NULL AND OLD.merged_into IS NULL)
          OR (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL)
          OR NEW.village_id <> OLD.village_id)
    EXECUTE FUNCTION gone_over();
"""


class Migration(migrations.Migration):
    dependencies = [("registrations", "0035_lists_undone")]

    operations = [
        migrations.AlterField(
            model_name="rollgone",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Not answered"),
                    ("off", "Taken off the roll"),
                    ("stays", "Stays on the roll"),
                    ("back", "On a later list"),
                    ("anew", "Asked anew by a later list"),
                    ("undone", "The import was undone"),
                    ("over", "Not held there any more"),
                ],
                default="open",
                max_length=6,
            ),
        ),
        migrations.RunSQL(_WHEN),
    ]
