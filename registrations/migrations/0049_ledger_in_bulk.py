import django.db.models.deletion
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written

#: Each stands beside another index that begins with the same column, or serves LIKE alone, which nobody asks; of
#: the effective services nobody asks by office: only deleting a region, which nobody does, reads them whole now.
_INDEXES = (
    "registrations_servicerecord_resident_id_a9fe18da",
    "registrations_servicerecord_ref_id_3745808f",
    "registrations_servicerecord_office_id_b532df08",
    "registrations_servicerecord_office_id_b532df08_like",
    "registrations_servicerecord_domicile_id_fe3f8086_like",
    "registrations_servicerecord_place_id_30da1326_like",
    "registrations_effectiveservice_office_id_9bceb966",
    "registrations_effectiveservice_office_id_9bceb966_like",
)
#: Within the transaction of the functions: to drop one takes a moment, however long it is.
_DROP = "".join(
    f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {name};\n" for name in _INDEXES
)


def _to_region(name: str) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=name,
        name="office",
        field=models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="regions.region",
        ),
    )


class Migration(migrations.Migration):
    """Rows of one call are claimed together, and an index less is written for each where another serves."""

    dependencies = [
        ("registrations", "0048_ledger_write"),
    ]

    operations = [
        # In the order of whoever writes: else one of the two would be refused for a deadlock.
        migrations.RunSQL(
            "LOCK TABLE registrations_servicerecord, registrations_effectiveservice"
            " IN ACCESS EXCLUSIVE MODE"
        ),
        migrations.RunSQL(as_keeper(written(__file__, "ledger_write"))),
        migrations.RunSQL("DROP TRIGGER finding_contradicted ON registrations_effectiveservice"),
        migrations.RunSQL(as_keeper(written(__file__, "finding_contradicted"))),
        migrations.RunSQL(
            "CREATE TRIGGER finding_contradicted AFTER INSERT ON registrations_effectiveservice"
            " REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION finding_contradicted()"
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_DROP)],
            state_operations=[
                _to_region("servicerecord"),
                _to_region("effectiveservice"),
                migrations.AlterField(
                    model_name="servicerecord",
                    name="ref",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later",
                        to="registrations.servicerecord",
                    ),
                ),
                migrations.AlterField(
                    model_name="servicerecord",
                    name="resident",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="registrations.resident",
                    ),
                ),
            ],
        ),
    ]
