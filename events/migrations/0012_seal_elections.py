from django.db import migrations

from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """Elections and what is decided of them stand in a chain of seals."""

    dependencies = [
        ("events", "0011_places_out"),
        ("accounts", "0005_seals"),
    ]

    operations = [migrations.RunSQL(written(__file__, "seal_elections"))]
