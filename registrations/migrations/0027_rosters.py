import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids
import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Who is at a school, in a prison, in a home; groups that an office seeks out; letters with names."""

    dependencies = [
        ("events", "0013_venues"),
        ("regions", "0001_initial"),
        ("registrations", "0026_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Roster",
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
                ("year", models.PositiveSmallIntegerField()),
                ("version", models.PositiveIntegerField(db_default=0, default=0)),
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
                        related_name="rosters",
                        to="events.venue",
                    ),
                ),
            ],
            options={
                "verbose_name": "roster",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RosterEntry",
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
                ("key", models.BinaryField(max_length=32, null=True)),
                ("nik_hash", models.BinaryField(max_length=32, null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("place", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "class_name",
                    models.CharField(blank=True, db_default="", default="", max_length=40),
                ),
                (
                    "doubt",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("number", "The NIK could not be read, or is masked"),
                            ("day", "The birth date could not be read"),
                            ("day_month", "Held with day and month the other way round"),
                            ("several", "Several people have this name and birth date"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "triage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("complete", "Recorded, data complete"),
                            ("nik_found", "NIK found by looking"),
                            ("other_district", "Of another district"),
                            ("never_recorded", "Never recorded"),
                            ("not_identified", "Not identified"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                    ),
                ),
                ("triaged_at", models.DateTimeField(null=True)),
                ("added_in", models.PositiveIntegerField()),
                ("gone_in", models.PositiveIntegerField(null=True)),
                (
                    "added_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
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
                    "resident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster_entries",
                        to="registrations.resident",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="registrations.roster",
                    ),
                ),
                (
                    "triaged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a roster",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RosterVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("as_of", models.DateField()),
                ("rows", models.PositiveIntegerField()),
                ("added", models.PositiveIntegerField()),
                ("moved", models.PositiveIntegerField()),
                ("gone", models.PositiveIntegerField()),
                ("same", models.PositiveIntegerField()),
                ("refused", models.PositiveIntegerField()),
                (
                    "brought_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "brought_by",
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
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="registrations.roster",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a roster",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("disaster", "Victim of a natural disaster"),
                            ("social_disaster", "Victim of a social disaster"),
                            ("neglected", "Neglected person (orang terlantar)"),
                            ("remote", "Remote community"),
                            ("disability", "Disability"),
                            ("mental", "Mental illness (ODGJ)"),
                            ("elderly", "Elderly, cannot come"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "noted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "noted_by",
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="group_rows",
                        to="registrations.resident",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a group",
                "abstract": False,
                "base_manager_name": "everything",
                "indexes": [models.Index(fields=["office", "group"], name="group_member_office")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("group", ""), _negated=True),
                        fields=("resident", "group"),
                        name="group_member_once",
                        violation_error_code="in-group",
                        violation_error_message="This person is in this group already.",
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="groupmember",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.noted_at := clock_timestamp(); RETURN NEW;",
                    hash="2c27b0a3ac9594afa02b526ad2bb69680358decd",
                    operation="INSERT",
                    pgid="registrations_groupmember_clock",
                    table="registrations_groupmember",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="groupmember",
            trigger=pgtrigger.compiler.Trigger(
                name="of_somebody",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE gone boolean;",
                    func="\n        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;\n        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody\n            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n              FROM registrations_resident WHERE id = NEW.resident_id;\n        END IF;\n        IF gone THEN\n            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="2933dc0421adfe2f0687ba9649e6696482ccc974",
                    operation='INSERT OR UPDATE OF "resident_id"',
                    pgid="registrations_groupmember_of_somebody",
                    table="registrations_groupmember",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(
                fields=("venue", "year"),
                name="roster_once",
                violation_error_code="roster-exists",
                violation_error_message="There is a roster of this year.",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(("year__gte", 2011), ("year__lte", 2100)),
                name="roster_year",
                violation_error_code="year",
                violation_error_message="A year from 2011 to 2100.",
            ),
        ),
        migrations.AddIndex(
            model_name="rosterentry",
            index=models.Index(
                fields=["roster", "class_name", "place", "id"], name="roster_entry_class"
            ),
        ),
        migrations.AddIndex(
            model_name="rosterentry",
            index=models.Index(
                condition=models.Q(("nik_hash__isnull", False)),
                fields=["office", "nik_hash"],
                name="roster_entry_nik",
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.UniqueConstraint(fields=("roster", "key"), name="roster_entry_once"),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("key__isnull", True), ("nik_hash__isnull", True), ("sealed__isnull", True)
                    ),
                    models.Q(("key__isnull", False), ("sealed__isnull", False)),
                    _connector="OR",
                ),
                name="roster_entry_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gone_in__isnull", True),
                    ("gone_in__gt", models.F("added_in")),
                    _connector="OR",
                ),
                name="roster_entry_gone",
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("triage", ""),
                    models.Q(("triaged_at__isnull", False), ("triaged_by__isnull", False)),
                    _connector="OR",
                ),
                name="roster_entry_triage",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rosterentry",
            trigger=pgtrigger.compiler.Trigger(
                name="of_somebody",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE gone boolean;",
                    func="\n        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;\n        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody\n            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n              FROM registrations_resident WHERE id = NEW.resident_id;\n        END IF;\n        IF gone THEN\n            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="0c1d529c3dd001729afa6be17d53bdd24d7d2c75",
                    operation='INSERT OR UPDATE OF "resident_id"',
                    pgid="registrations_rosterentry_of_somebody",
                    table="registrations_rosterentry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterversion",
            constraint=models.UniqueConstraint(
                fields=("roster", "number"), name="roster_version_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rosterversion",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.brought_at := clock_timestamp(); RETURN NEW;",
                    hash="f64bc490275473bb58e47f265b97851e8d25e880",
                    operation="INSERT",
                    pgid="registrations_rosterversion_clock",
                    table="registrations_rosterversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rosterversion",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="09b6e1de5eb72e82946a976e85979ce75082b153",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_rosterversion_append_only",
                    table="registrations_rosterversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rosterversion",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="7476f694778f8d2d07af5efd78e028f22ad915d6",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_rosterversion_no_truncate",
                    table="registrations_rosterversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AlterField(
            model_name="export",
            name="kind",
            field=models.CharField(
                choices=[
                    ("residents", "Residents of the office"),
                    ("queue", "Bookings of a session"),
                    ("waiting", "Waiting list of a session"),
                    ("missing", "Who is missing after an event"),
                    ("mend", "Rows of an import to mend"),
                    ("annex", "Annex of a destruction of cards"),
                    ("letter", "Letter to a school or another venue"),
                ],
                max_length=10,
                verbose_name="list",
            ),
        ),
        migrations.RunSQL(written(__file__, "roster_merged")),
        migrations.RunSQL(as_keeper(written(__file__, "roster_erased"))),
        migrations.RunSQL(
            "CREATE TRIGGER roster_erased AFTER UPDATE OF erased_at ON registrations_resident"
            " FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)"
            " EXECUTE FUNCTION roster_erased()"
        ),
    ]
