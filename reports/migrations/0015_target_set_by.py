# A target is set by somebody whose work it is, whoever writes the row.

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0014_planner"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="target_set_by",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF NEW.set_by_id IS NULL AND current_user NOT IN ('web', 'worker') THEN\n            RETURN NEW;\n        END IF;\n        PERFORM FROM accounts_posting posting\n           JOIN accounts_user setter ON setter.id = posting.user_id AND setter.is_active\n           JOIN regions_region region ON region.code = posting.region_id\n          WHERE posting.user_id = NEW.set_by_id AND posting.role IN ('administrator', 'province_officer')\n            AND (clock_timestamp() AT TIME ZONE region.timezone)::date\n                BETWEEN posting.starts_on AND coalesce(posting.ends_on, 'infinity')\n            AND (posting.region_id IN ('00', NEW.region_id)\n                 OR starts_with(NEW.region_id, posting.region_id || '.'));\n        IF NOT FOUND THEN\n            RAISE EXCEPTION 'nobody whose work this is' USING ERRCODE = 'DK313';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="c099892b3c93177a561aaeab9ed025a783640fcf",
                    operation="INSERT",
                    pgid="target_set_by",
                    table="reports_target",
                    when="BEFORE",
                ),
            ),
        ),
    ]
