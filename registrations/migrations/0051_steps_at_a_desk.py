import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written

#: A visit for a recording that is open, as lists ask for it.
_OPEN = "({row}.state IN ('booked', 'checked_in') AND 'recording' = ANY ({row}.services))"
_NEW, _OLD = _OPEN.format(row="NEW"), _OPEN.format(row="OLD")

TRIGGERS = f"""
DROP TRIGGER people_touched_insert ON registrations_appointment;
DROP TRIGGER people_touched_update ON registrations_appointment;
CREATE TRIGGER visit_touched_insert AFTER INSERT ON registrations_appointment
    FOR EACH ROW WHEN {_NEW} EXECUTE FUNCTION visit_touched();
CREATE TRIGGER visit_touched_update AFTER UPDATE ON registrations_appointment
    FOR EACH ROW WHEN ({_NEW} IS DISTINCT FROM {_OLD} OR NEW.resident_id <> OLD.resident_id)
    EXECUTE FUNCTION visit_touched();
"""

#: Each stands beside another index that begins with the same column, or serves LIKE alone, which nobody asks. Two
#: of them hold what a step at a desk changes: the state of a visit, and where somebody was called to.
_INDEXES = (
    "appointment_session",
    "registrations_appointment_session_id_1ea44620",
    "registrations_appointment_station_id_72e4731b",
    "registrations_appointment_office_id_33e0a4ce_like",
    "registrations_appointment_village_id_652cb628_like",
    "registrations_appointment_ticket_7a511a70_like",
    "registrations_appointmentservice_appointment_id_023f1cd0",
    "registrations_appointmentservice_office_id_026e6836_like",
    "registrations_appointmentservice_village_id_ec474c79_like",
)
#: Within the transaction of the function: to drop one takes a moment, however long it is.
_DROP = "".join(
    f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {name};\n" for name in _INDEXES
)
#: Of pages of the table: it is read once, and is a few kilobytes. A station that goes is looked for by it.
_STATION = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX appointment_station ON registrations_appointment USING brin (station_id)
    WITH (pages_per_range = 32);
-- Room on each page for the next state of its visits, so that none of the indexes learns of it.
ALTER TABLE registrations_appointment SET (fillfactor = 80);
"""


class Migration(migrations.Migration):
    """Whoever is called or served costs less: no index of visits holds what that changes, and lists are told only
    of visits that change them.
    """

    dependencies = [("registrations", "0050_dear_words_checked")]

    operations = [
        migrations.RunSQL(as_keeper(written(__file__, "visit_touched"))),
        migrations.RunSQL(TRIGGERS),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_DROP), migrations.RunSQL(_STATION)],
            state_operations=[
                migrations.RemoveIndex(model_name="appointment", name="appointment_session"),
                migrations.AlterField(
                    model_name="appointment",
                    name="session",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="events.servicesession",
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="station",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="called",
                        to="events.station",
                    ),
                ),
                migrations.AddIndex(
                    model_name="appointment",
                    index=django.contrib.postgres.indexes.BrinIndex(
                        fields=["station"], name="appointment_station", pages_per_range=32
                    ),
                ),
                migrations.AlterField(
                    model_name="appointmentservice",
                    name="appointment",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="registrations.appointment",
                    ),
                ),
            ],
        ),
    ]
