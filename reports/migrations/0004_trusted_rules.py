from django.db import migrations

from reports.triggers import TRUSTED


class Migration(migrations.Migration):
    """Rules around what people decide, and the counts in months. There is no way back."""

    dependencies = [("reports", "0003_trusted_figures"), ("registrations", "0005_print_reasons")]

    operations = [migrations.RunSQL(TRUSTED)]
