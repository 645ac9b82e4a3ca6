"""Loads every table of this app, for Django alone: whoever needs a table imports its subject."""

import events.calendar.models
import events.elections.models
import events.incidents.models
import events.planning.models.event
import events.planning.models.requirement
import events.planning.models.session
import events.planning.models.signing
import events.points.models
import events.resources.models
import events.stock.models
import events.venues.models
