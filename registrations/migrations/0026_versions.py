import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import dukcapil.core.ids
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """A list says what it is; who is not on it any more is a question; what concerns another office goes there."""

    dependencies = [
        ("accounts", "0009_stock_keeper"),
        ("regions", "0001_initial"),
        ("registrations", "0025_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Arrival",
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
                            ("resident", "Somebody of a list of residents"),
                            ("burial", "A burial"),
                        ],
                        max_length=8,
                    ),
                ),
                ("source", models.UUIDField(editable=False, null=True)),
                (
                    "earlier",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, db_default=[], default=list
                    ),
                ),
                ("person", models.BinaryField(max_length=32, null=True)),
                ("sealed", models.BinaryField(null=True)),
                (
                    "came_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Not decided"),
                            ("taken", "Taken into the roll"),
                            ("held", "Was held already"),
                            ("refused", "Refused"),
                            ("withdrawn", "Taken back by the other office"),
                            ("gone", "Removed: nobody decided in time"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("resident", models.UUIDField(editable=False, null=True)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_here", "Does not live here"),
                            ("unknown", "Nobody here knows this person"),
                            ("wrong", "The data cannot be right"),
                        ],
                        default="",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "from_office",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
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
                "verbose_name": "arrival",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RollGone",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("resident", models.UUIDField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Not answered"),
                            ("off", "Taken off the roll"),
                            ("stays", "Stays on the roll"),
                            ("back", "On a later list"),
                            ("anew", "Asked anew by a later list"),
                            ("undone", "The import was undone"),
                            ("over", "Not held any more"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("closed_by", models.UUIDField(editable=False, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
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
                    "roll_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gone",
                        to="registrations.rollimport",
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
                "verbose_name": "question of a whole list",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="resident",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="resident",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="resident",
            name="off_roll_since",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="residentevent",
            name="off_roll_since",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="rollimport",
            name="as_of",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rollimport",
            name="completeness",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "Single people"),
                    ("missing_only", "Everybody who is not recorded"),
                    ("whole", "Everybody who lives there"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="rollimport",
            name="covers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=13),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="rollrows",
            name="villages",
            field=models.JSONField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "registrations_residentevent" ("birth_date", "created_at", "created_by_id", "doubtful_number", "erased_at", "id", "is_example", "known_married_since", "known_recorded_on", "marital_status", "merged_into", "nik_hash", "off_roll_since", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "village_id") SELECT new_values."birth_date", new_values."created_at", new_values."created_by_id", new_values."doubtful_number", new_values."erased_at", new_values."id", new_values."is_example", new_values."known_married_since", new_values."known_recorded_on", new_values."marital_status", new_values."merged_into", new_values."nik_hash", new_values."off_roll_since", new_values."office_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."sex", new_values."village_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="1c8dc390c950621ff0e464f93e400968cb48ce00",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ae6bc",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="registrations_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "registrations_residentevent" ("birth_date", "created_at", "created_by_id", "doubtful_number", "erased_at", "id", "is_example", "known_married_since", "known_recorded_on", "marital_status", "merged_into", "nik_hash", "off_roll_since", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "village_id") SELECT old_values."birth_date", old_values."created_at", old_values."created_by_id", old_values."doubtful_number", old_values."erased_at", old_values."id", old_values."is_example", old_values."known_married_since", old_values."known_recorded_on", old_values."marital_status", old_values."merged_into", old_values."nik_hash", old_values."off_roll_since", old_values."office_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."sex", old_values."village_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="1d6879a469b05a20a297194ba9b8f2303513d9ae",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_06869",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="registrations_resident",
                    when="AFTER",
                ),
            ),
        ),
        # Rows of before say nothing, and are not read again.
        AddConstraintNotValid(
            model_name="rollimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("as_of__isnull", True), ("completeness", ""), ("covers", [])),
                    models.Q(
                        models.Q(("covers", []), _negated=True),
                        ("as_of__isnull", False),
                        ("completeness__in", ["missing_only", "whole"]),
                    ),
                    _connector="OR",
                ),
                name="roll_import_says",
            ),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["office", "came_at"],
                name="arrival_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["person"], name="arrival_person"
            ),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["source"], name="arrival_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("office"), [5]
                    )
                ),
                name="arrival_office_is_regency",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("village"), [13]
                    )
                ),
                name="arrival_village_is_village",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("person__isnull", False),
                        ("sealed__isnull", False),
                        ("state", "waiting"),
                    ),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                        ("person__isnull", True),
                        ("sealed__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="arrival_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("office", "from_office", "kind", "person"),
                name="arrival_once",
            ),
        ),
        migrations.AddIndex(
            model_name="rollgone",
            index=models.Index(
                fields=["roll_import", "village", "state", "id"], name="roll_gone_village"
            ),
        ),
        migrations.AddConstraint(
            model_name="rollgone",
            constraint=models.UniqueConstraint(
                fields=("roll_import", "resident"), name="roll_gone_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rollgone",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("resident",),
                name="roll_gone_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollgone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at__isnull", True),
                        ("answered_by__isnull", True),
                        ("state", "open"),
                    ),
                    models.Q(
                        models.Q(("state", "open"), _negated=True), ("answered_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="roll_gone_answered",
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "arrive"))),
        migrations.RunSQL(
            "CREATE TRIGGER arrivals_erased AFTER UPDATE OF erased_at ON registrations_resident"
            " FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)"
            " EXECUTE FUNCTION arrivals_erased()"
        ),
    ]
