import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules


class Migration(migrations.Migration):
    """A person is found by every word of the name; a list that is taken out says which people."""

    dependencies = [("registrations", "0009_roll")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="filters",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_2",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_3",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_4",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_5",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_6",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="residentidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="identity_names_turned",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE words text[] := string_to_array(NEW.name_key, ' ');",
                    func="\n        NEW.key_2 := CASE WHEN cardinality(words) >= 2 THEN\n            array_to_string(words[2:] || words[:1], ' ') END;\n\n        NEW.key_3 := CASE WHEN cardinality(words) >= 3 THEN\n            array_to_string(words[3:] || words[:2], ' ') END;\n\n        NEW.key_4 := CASE WHEN cardinality(words) >= 4 THEN\n            array_to_string(words[4:] || words[:3], ' ') END;\n\n        NEW.key_5 := CASE WHEN cardinality(words) >= 5 THEN\n            array_to_string(words[5:] || words[:4], ' ') END;\n\n        NEW.key_6 := CASE WHEN cardinality(words) >= 6 THEN\n            array_to_string(words[6:] || words[:5], ' ') END;\n        RETURN NEW;\n    ",
                    hash="8b10fad94fe4ea0407249a3b12b523c0fc532c78",
                    operation="INSERT OR UPDATE",
                    pgid="identity_names_turned",
                    table="registrations_residentidentity",
                    when="BEFORE",
                ),
            ),
        ),
    ]
