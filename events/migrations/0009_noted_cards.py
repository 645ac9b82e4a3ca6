import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules

_DROP = "DROP FUNCTION events_eventblanko_event_notes_final()"


class Migration(migrations.Migration):
    """Blank cards of an event have a bag in the stock ledger; what was noted by hand is read only.

    The same table under the same name: nothing is copied, nothing is lost, and nobody waits.
    """

    dependencies = [("events", "0008_stock")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="eventblanko", name="event_notes_final"),
        # Of a trigger that goes its function stays. No client calls it; backwards it is made with its
        # trigger.
        migrations.RunSQL(["-- squawk-ignore ban-drop-function\n" + _DROP], migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("EventBlanko", "NotedCards"),
                migrations.AlterModelTable("notedcards", "events_eventblanko"),
                migrations.AlterModelOptions(
                    "notedcards", {"verbose_name": "blank cards noted by hand"}
                ),
                migrations.AlterField(
                    model_name="notedcards",
                    name="event",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="noted_cards",
                        serialize=False,
                        to="events.serviceevent",
                    ),
                ),
            ]
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notedcards",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="c176038a12951b8f3933acb68812997af58b07ec",
                    operation="UPDATE OR DELETE",
                    pgid="events_eventblanko_append_only",
                    table="events_eventblanko",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notedcards",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="876afd45910f98d109ff77d1c11b7c5ca16316fa",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_eventblanko_no_truncate",
                    table="events_eventblanko",
                    when="BEFORE",
                ),
            ),
        ),
    ]
