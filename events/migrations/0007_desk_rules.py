from django.db import migrations

from events import triggers

PLANS = (
    "events_teammember, events_loan, events_station, events_eventcost, events_eventobstacle,"
    " events_eventblanko, events_calendarlink"
)


class Migration(migrations.Migration):
    dependencies = [("events", "0006_desk"), ("accounts", "0005_public_client")]

    operations = [
        migrations.RunSQL(triggers.DESK, triggers.DESK_UNDO),
        migrations.RunSQL(
            f"REVOKE INSERT, UPDATE, DELETE ON {PLANS} FROM worker;"
            " REVOKE DELETE ON events_loan, events_calendarlink FROM web;",
            migrations.RunSQL.noop,
        ),
    ]
