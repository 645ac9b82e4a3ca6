import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules


class Migration(migrations.Migration):
    """When an election or a local day became known is the database's time: releases ask for it."""

    dependencies = [
        ("events", "0003_who_signs"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="election",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="e0595592d7643d59c7517b1947335fda9a6568e7",
                    operation="INSERT",
                    pgid="events_election_clock",
                    table="events_election",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="localday",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="a01450d8d567f524802d3c39ffe08781bd989946",
                    operation="INSERT",
                    pgid="events_localday_clock",
                    table="events_localday",
                    when="BEFORE",
                ),
            ),
        ),
    ]
