import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids


class Migration(migrations.Migration):
    """Schools, prisons and other places where people are together, and the events that go there."""

    dependencies = [
        ("events", "0012_seal_elections"),
        ("regions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Venue",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dukcapil.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("school", "School"),
                            ("campus", "Campus"),
                            ("prison", "Prison"),
                            ("hospital", "Hospital"),
                            ("home_institution", "Home (panti)"),
                            ("company", "Company"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=20)),
                ("name", models.CharField(max_length=150)),
                ("contact", models.CharField(blank=True, db_default="", default="", max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "venue",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="VenueVisit",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="venue_visit",
                        serialize=False,
                        to="events.serviceevent",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="events.venue",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit to a venue",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name="venue",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True),
                fields=("office", "code"),
                name="venue_code_once",
                violation_error_code="venue-code",
                violation_error_message="A venue with this code exists.",
            ),
        ),
        migrations.AddConstraint(
            model_name="venue",
            constraint=models.UniqueConstraint(
                fields=("office", "village", "name"),
                name="venue_once",
                violation_error_code="venue-exists",
                violation_error_message="A venue of this name exists in this village.",
            ),
        ),
        migrations.AddConstraint(
            model_name="venue",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "\\S.*\\S")),
                name="venue_named",
                violation_error_code="name",
                violation_error_message="Give a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="venue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("office"), [5]
                    )
                ),
                name="venue_of_office",
            ),
        ),
        migrations.AddConstraint(
            model_name="venue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("village"), [13]
                    )
                ),
                name="venue_in_village",
            ),
        ),
        migrations.AddIndex(
            model_name="venuevisit",
            index=models.Index(fields=["venue", "event"], name="venue_visit_of"),
        ),
    ]
