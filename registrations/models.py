"""Loads every table of this app, for Django alone: whoever needs a table imports its subject."""

import registrations.arrivals.models
import registrations.bench.models
import registrations.booking.models.appointment
import registrations.booking.models.draft
import registrations.booking.models.group
import registrations.booking.models.message
import registrations.booking.models.waiting
import registrations.burials.models
import registrations.cards.models
import registrations.documents.models
import registrations.findings.models
import registrations.ledger.models
import registrations.missing.models
import registrations.oversight.models
import registrations.papers.models
import registrations.people.models
import registrations.requests.models
import registrations.roll.models
import registrations.rosters.models
import registrations.voters.models
