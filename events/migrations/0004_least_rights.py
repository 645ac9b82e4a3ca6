from django.db import migrations


class Migration(migrations.Migration):
    """Plans are made on pages and through the API; jobs only read them."""

    dependencies = [("events", "0003_event_years")]

    operations = [
        migrations.RunSQL(
            """
            REVOKE INSERT, UPDATE, DELETE ON events_serviceevent, events_servicesession, events_seat,
                events_team, events_device, events_assignment, events_election, events_localday,
                events_serviceeventevent, events_servicesessionevent FROM worker;
            REVOKE DELETE ON events_serviceevent, events_servicesession FROM web;
            """,
            migrations.RunSQL.noop,
        ),
    ]
