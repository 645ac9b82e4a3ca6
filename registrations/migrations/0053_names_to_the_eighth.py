import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules


class Migration(migrations.Migration):
    """A name is kept turned to its seventh and eighth word, too."""

    dependencies = [("registrations", "0052_names_whole")]

    operations = [
        migrations.AddField(
            model_name="residentidentity",
            name="key_7",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="residentidentity",
            name="key_8",
            field=models.CharField(db_collation="C", editable=False, max_length=150, null=True),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="residentidentity", name="identity_names_turned"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="residentidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="identity_names_turned",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE words text[] := string_to_array(NEW.name_key, ' ');",
                    func="\n        NEW.key_2 := CASE WHEN cardinality(words) >= 2 THEN\n            array_to_string(words[2:] || words[:1], ' ') END;\n\n        NEW.key_3 := CASE WHEN cardinality(words) >= 3 THEN\n            array_to_string(words[3:] || words[:2], ' ') END;\n\n        NEW.key_4 := CASE WHEN cardinality(words) >= 4 THEN\n            array_to_string(words[4:] || words[:3], ' ') END;\n\n        NEW.key_5 := CASE WHEN cardinality(words) >= 5 THEN\n            array_to_string(words[5:] || words[:4], ' ') END;\n\n        NEW.key_6 := CASE WHEN cardinality(words) >= 6 THEN\n            array_to_string(words[6:] || words[:5], ' ') END;\n\n        NEW.key_7 := CASE WHEN cardinality(words) >= 7 THEN\n            array_to_string(words[7:] || words[:6], ' ') END;\n\n        NEW.key_8 := CASE WHEN cardinality(words) >= 8 THEN\n            array_to_string(words[8:] || words[:7], ' ') END;\n        RETURN NEW;\n    ",
                    hash="5b9ddbe1a75b2cc24d33c78726c0a7cd98e16bdc",
                    operation="INSERT OR UPDATE",
                    pgid="identity_names_turned",
                    table="registrations_residentidentity",
                    when="BEFORE",
                ),
            ),
        ),
    ]
