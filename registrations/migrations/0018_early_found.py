from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models, transaction

#: Only of who is under 17 it says anything. That an office learned of an older marriage when it first
#: held the person is the best that is known.
_LEARNED = """
UPDATE registrations_resident resident
   SET known_married_since = timezone(village.timezone, resident.created_at)::date
  FROM regions_region village
 WHERE village.code = resident.village_id AND resident.known_married_since IS NULL
   AND resident.marital_status NOT IN ('single', '')
   AND resident.birth_date > (now() - interval '18 years')::date
"""


def learn(apps: Any, editor: Any) -> None:
    """The owner may not change people: `keeper` may, for this statement. May be run again. What keeper
    may do to history it may always, where rights stand already.
    """
    with transaction.atomic(using=editor.connection.alias), editor.connection.cursor() as cursor:
        cursor.execute("GRANT SELECT, UPDATE ON registrations_resident TO keeper")
        cursor.execute("GRANT SELECT ON regions_region TO keeper")
        cursor.execute("GRANT INSERT ON registrations_residentevent TO keeper")
        cursor.execute("SET LOCAL ROLE keeper")
        cursor.execute(_LEARNED)
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("REVOKE UPDATE ON registrations_resident FROM keeper")
        cursor.execute("REVOKE SELECT ON regions_region FROM keeper")


class Migration(migrations.Migration):
    """Who was held as married before, and the records that count later, found by an index."""

    atomic = False

    dependencies = [("registrations", "0017_counts_from")]

    operations = [
        ValidateConstraint("resident", "resident_married_since"),
        migrations.RunPython(learn, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="servicerecord",
            index=models.Index(
                condition=models.Q(("counts_from__isnull", False)),
                fields=["office", "service_date", "seq"],
                name="ledger_early",
            ),
        ),
    ]
