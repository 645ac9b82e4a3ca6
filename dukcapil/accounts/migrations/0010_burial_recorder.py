import django.db.models.functions.text
import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

DROP = """
-- The wider rule takes its place in the same transaction.
-- squawk-ignore ban-drop-constraint
ALTER TABLE accounts_posting DROP CONSTRAINT posting_region_fits_role
"""
RESTORE = migrations.RunSQL.noop


class Migration(migrations.Migration):
    """Burial recorders. The wider rule holds of every row that the narrower one let in."""

    dependencies = [
        ("accounts", "0009_stock_keeper"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            DROP,
            RESTORE,
            state_operations=[migrations.RemoveConstraint("posting", "posting_region_fits_role")],
        ),
        migrations.AlterField(
            model_name="posting",
            name="role",
            field=models.CharField(
                choices=[
                    ("district_operator", "District operator"),
                    ("district_head", "Head of the district office"),
                    ("province_officer", "Province officer"),
                    ("national_viewer", "National viewer"),
                    ("village_verifier", "Village verifier"),
                    ("desk_member", "Desk member"),
                    ("stock_keeper", "Stock keeper"),
                    ("burial_recorder", "Burial recorder"),
                    ("api_client", "API client"),
                    ("public_client", "Public API client"),
                    ("administrator", "Administrator"),
                ],
                max_length=20,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="postingevent",
            name="role",
            field=models.CharField(
                choices=[
                    ("district_operator", "District operator"),
                    ("district_head", "Head of the district office"),
                    ("province_officer", "Province officer"),
                    ("national_viewer", "National viewer"),
                    ("village_verifier", "Village verifier"),
                    ("desk_member", "Desk member"),
                    ("stock_keeper", "Stock keeper"),
                    ("burial_recorder", "Burial recorder"),
                    ("api_client", "API client"),
                    ("public_client", "Public API client"),
                    ("administrator", "Administrator"),
                ],
                max_length=20,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="staffproposal",
            name="role",
            field=models.CharField(
                choices=[
                    ("district_operator", "District operator"),
                    ("district_head", "Head of the district office"),
                    ("province_officer", "Province officer"),
                    ("national_viewer", "National viewer"),
                    ("village_verifier", "Village verifier"),
                    ("desk_member", "Desk member"),
                    ("stock_keeper", "Stock keeper"),
                    ("burial_recorder", "Burial recorder"),
                    ("api_client", "API client"),
                    ("public_client", "Public API client"),
                    ("administrator", "Administrator"),
                ],
                max_length=20,
            ),
        ),
        AddConstraintNotValid(
            "posting",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("role__in", ["district_operator", "district_head"]),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [5]
                        ),
                    ),
                    models.Q(
                        ("role", "province_officer"),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [2]
                        ),
                        models.Q(("region", "00"), _negated=True),
                    ),
                    models.Q(("region", "00"), ("role__in", ["national_viewer", "public_client"])),
                    models.Q(
                        ("role", "village_verifier"),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [8, 13]
                        ),
                    ),
                    models.Q(
                        ("role", "burial_recorder"),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [13]
                        ),
                    ),
                    models.Q(
                        ("role__in", ["desk_member", "stock_keeper"]),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [2, 5]
                        ),
                        models.Q(("region", "00"), _negated=True),
                    ),
                    models.Q(
                        ("role__in", ["api_client", "administrator"]),
                        django.db.models.lookups.In(
                            django.db.models.functions.text.Length("region"), [2, 5]
                        ),
                    ),
                    _connector="OR",
                ),
                name="posting_region_fits_role",
                violation_error_code="posting-region",
                violation_error_message="This role is not posted to such a region.",
            ),
        ),
    ]
