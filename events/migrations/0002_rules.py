from django.db import migrations

from events.triggers import RULES, UNDO


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunSQL(RULES, UNDO)]
