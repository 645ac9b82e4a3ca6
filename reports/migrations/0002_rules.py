from django.db import migrations

from reports.triggers import RULES, UNDO


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("accounts", "0002_rules")]

    operations = [migrations.RunSQL(RULES, UNDO)]
