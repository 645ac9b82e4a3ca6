"""What an event can be: its kind, state, venue, services, costs and obstacles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    GEBYAR = "gebyar", _("Mass-service day (Gebyar Pelayanan)")
    JEMPUT_BOLA = "jemput_bola", _("Outreach visit (jemput bola)")
    ELECTION_DAY = "election_day", _("Election-day service (Hari-H)")
    HOLIDAY_OPENING = "holiday_opening", _("Opening on a holiday")
    OUTREACH = "outreach", _("Public information (sosialisasi)")
    COUNTER = "counter", _("Counter service")

    @property
    def needs_reason(self) -> bool:
        """Whether a reason for opening must be given; other kinds must not have one."""
        return self is EventKind.HOLIDAY_OPENING


class EventState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")

    @classmethod
    def ahead(cls) -> tuple[EventState, ...]:
        """Still planned or running: it may be changed, moved and staffed, and may have a waiting list."""
        return (cls.DRAFT, cls.APPROVED)

    @classmethod
    def over(cls) -> tuple[EventState, ...]:
        return (cls.CLOSED, cls.CANCELLED)

    @classmethod
    def held(cls) -> tuple[EventState, ...]:
        """Signed by a head, whether it is over or not: services are logged for these alone."""
        return (cls.APPROVED, cls.CLOSED)


#: A closed event may be completed, or opened again, until so many days after its last day.
FINAL_AFTER = 7

#: A session that begins on the last day of its event ends at most so much later.
LONGEST_NIGHT = timedelta(hours=24)

#: The one table of transitions; the trigger `event_state` is written from it.
TRANSITIONS: dict[EventState, tuple[EventState, ...]] = {
    EventState.DRAFT: (EventState.APPROVED, EventState.CANCELLED),
    EventState.APPROVED: (EventState.CLOSED, EventState.CANCELLED),
    # Taken back by the head, with a reason, until the day is final.
    EventState.CLOSED: (EventState.APPROVED,),
    EventState.CANCELLED: (),
}


class ChangeState(models.TextChoices):
    """Of a proposed change of a signed event."""

    PENDING = "pending", _("Waits for the head")
    ACCEPTED = "accepted", _("Signed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


#: What a person edits of an event, and what a head signs of it besides sessions, places and costs.
EDITED_FIELDS = (
    *("title", "kind", "village_id", "place", "place_kind", "target_group", "programme"),
    *("services", "starts_on", "ends_on", "holiday_reason"),
    *("kits", "walk_in_percent", "priority_percent", "by_invitation"),
)
#: Of these whichever is younger than the first signatures -> what an event had in it until then, as JSON has
#: it. Older signatures lack it, and so do those that a process of the release before still makes.
SIGNED_SINCE: dict[str, Any] = {}


class PlaceKind(models.TextChoices):
    OFFICE = "office", _("Office")
    SCHOOL = "school", _("School")
    CAMPUS = "campus", _("Campus")
    PRISON = "prison", _("Prison")
    HOSPITAL = "hospital", _("Hospital")
    HOME = "home", _("Home")
    VILLAGE = "village", _("Village hall")
    MARKET = "market", _("Market or mall")
    OTHER = "other", _("Other")


class Service(models.TextChoices):
    RECORDING = "recording", _("KTP-el recording")
    IKD_ACTIVATION = "ikd_activation", _("IKD activation")
    CARD_PRINT = "card_print", _("Card printed")
    CARD_HANDOVER = "card_handover", _("Card handed over")
    BIODATA = "biodata", _("Biodata sheet")
    SUKET = "suket", _("Recording certificate (suket)")
    FAMILY_CARD = "family_card", _("Family card (KK)")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
    DEATH_CERTIFICATE = "death_certificate", _("Death certificate")
    CHILD_CARD = "child_card", _("Child identity card (KIA)")
    MOVING = "moving", _("Moving")
    OTHER = "other", _("Other document")
    # What a province counts apart. Rows under the older codes keep their meaning: of every age, and
    # of either way.
    BIRTH_CHILD = "birth_0_17", _("Birth certificate, 0 to 17 years")
    BIRTH_ADULT = "birth_over_17", _("Birth certificate, over 17 years")
    MARRIAGE = "marriage", _("Marriage certificate")
    DIVORCE = "divorce", _("Divorce certificate")
    MOVING_OUT = "moving_out", _("Moving out (SKPWNI)")
    MOVING_IN = "moving_in", _("Moving in (SKPWNI)")
    CHILD_CARD_YOUNG = "child_card_0_5", _("KIA, 0 to 5 years")
    CHILD_CARD_OLDER = "child_card_over_5", _("KIA, over 5 years")

    @classmethod
    def documents(cls) -> tuple[Service, ...]:
        """What an office makes of papers that somebody hands in, in the order of the list."""
        at_the_desk = {cls.RECORDING, cls.IKD_ACTIVATION, cls.CARD_PRINT, cls.CARD_HANDOVER}
        return tuple(one for one in cls if one not in at_the_desk | {cls.BIODATA, cls.SUKET})

    @classmethod
    def of_child_card(cls) -> frozenset[Service]:
        """What is printed on a blank card of children."""
        return frozenset({cls.CHILD_CARD, cls.CHILD_CARD_YOUNG, cls.CHILD_CARD_OLDER})

    @classmethod
    def of_card(cls) -> frozenset[Service]:
        """What nobody gets before a card is due."""
        return frozenset({cls.CARD_PRINT, cls.CARD_HANDOVER})


class Lane(models.TextChoices):
    """For whom a seat is kept. Why somebody may use the priority lane is never stored."""

    WALK_IN = "walk_in", _("Without a booking")
    PRIORITY = "priority", _("Priority")
    #: For nobody: its recording set is out of order. The rule `fit_places` of the database says which.
    OUT = "out", _("Set out of order")


class Neutrality(models.TextChoices):
    """What a head confirms before an event is open for booking; SKB 5 K/L No. 2/2022."""

    SYMBOLS = (
        "symbols",
        _("Invitations, banners and notices show no candidate, party, number or slogan."),
    )
    PLACE = "place", _("The place is not used for a campaign on these days.")
    STAFF = "staff", _("The staff strike no poses, wear no symbols and share no campaign posts.")
    GUESTS = (
        "guests",
        _("No candidate or campaign team is invited to speak or to hand out cards."),
    )
    EQUAL = "equal", _("Everybody is served alike, whomever they support.")


class CostItem(models.TextChoices):
    TRANSPORT = "transport", _("Transport")
    MEALS = "meals", _("Meals")
    ALLOWANCE = "allowance", _("Allowances")
    MATERIALS = "materials", _("Materials and printing")
    RENT = "rent", _("Rent of place and equipment")
    OTHER = "other", _("Other costs")


class ObstacleKind(models.TextChoices):
    POWER = "power", _("Power cut")
    NETWORK = "network", _("Network down or slow")
    DEVICE = "device", _("Device broken")
    BLANKO = "blanko", _("Blank cards or ribbon ran out")
    ACCESS = "access", _("Road or crossing")
    WEATHER = "weather", _("Weather")
    STAFF = "staff", _("Too few staff")
    SCHEDULE = "schedule", _("Lessons, examinations or holidays of the school")
    DOCUMENTS = "documents", _("People came without documents")
    BUDGET = "budget", _("Budget")
    OTHER = "other", _("Other")


#: What people bring, as a desk asks for it and the public schedule says it: forms by Permendagri
#: 109/2019, the rest by the practice of the offices. No service costs anything (UU 24/2013 art. 79A).
BRING: dict[Service, list[Any]] = {
    Service.RECORDING: [_("Family card (KK)")],
    Service.IKD_ACTIVATION: [
        _("Smartphone with internet"),
        _("E-mail address that you can open there"),
        _("Phone number"),
    ],
    Service.CARD_PRINT: [
        _("Family card (KK)"),
        _("Old or damaged card; if lost, the report of the police"),
    ],
    Service.CARD_HANDOVER: [_("Family card (KK) or slip")],
    Service.BIODATA: [_("Family card (KK)"), _("Form F-1.01")],
    Service.SUKET: [_("Family card (KK)")],
    Service.FAMILY_CARD: [
        _("Old family card (KK)"),
        _("Form F-1.02"),
        _("Marriage or birth papers"),
    ],
    Service.BIRTH_CERTIFICATE: [
        _("Form F-2.01"),
        _("Birth notice of doctor, midwife or village, or form F-2.03"),
        _("Family card (KK) of the parents"),
    ],
    Service.DEATH_CERTIFICATE: [
        _("Form F-2.01"),
        _("Death notice of doctor or village"),
        _("Family card (KK) of the deceased"),
    ],
    Service.CHILD_CARD: [_("Birth certificate"), _("Family card (KK)"), _("Photo from 5 years on")],
    Service.MOVING: [_("Family card (KK)"), _("Form F-1.03")],
    Service.OTHER: [_("Family card (KK)")],
    Service.MARRIAGE: [
        _("Form F-2.01"),
        _("Marriage letter of the religious leader"),
        _("Family card (KK) of both"),
    ],
    Service.DIVORCE: [
        _("Form F-2.01"),
        _("Decision of the court"),
        _("Marriage certificate"),
        _("Family card (KK)"),
    ],
}
BRING |= {
    Service.BIRTH_CHILD: BRING[Service.BIRTH_CERTIFICATE],
    Service.BIRTH_ADULT: BRING[Service.BIRTH_CERTIFICATE],
    Service.MOVING_OUT: BRING[Service.MOVING],
    Service.MOVING_IN: [_("Moving letter (SKPWNI)"), *BRING[Service.MOVING]],
    Service.CHILD_CARD_YOUNG: [_("Birth certificate"), _("Family card (KK)")],
    Service.CHILD_CARD_OLDER: BRING[Service.CHILD_CARD],
}
