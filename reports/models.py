"""Loads every table of this app, for Django alone: whoever needs a table imports its subject."""

import reports.alerts.models
import reports.bases.models
import reports.daily.models
import reports.editions.models
import reports.election_desk.models
import reports.files.models
import reports.planner.models.inputs
import reports.planner.models.plans
import reports.planner.models.rules
import reports.publication.models
import reports.releases.models
