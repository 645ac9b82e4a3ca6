"""Staff, their postings and tokens, and the log of who looked at what.

Personal data (staff): username, name and e-mail of User and StaffProposal; a `staff_id` is a keyed
hash of a NIP or NIK. Nothing about residents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from dukcapil.accounts.enums import Access, ProposalKind, ProposalVerdict, StaffActKind
from dukcapil.accounts.permissions import BESIDE_BOTH, OF_OFFICE, Role
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.accounts.triggers import DATED, STAFF_DECIDED_BY, STAFF_TWO_PEOPLE, USER_DEMONSTRATION
from dukcapil.accounts.validators import REASON_SHORT
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of the staff, or a program. What they may do depends on their posting."""

    username = models.CharField(_("username"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    #: Somebody else knows the password (a first one, or one after a reset): it is changed first.
    must_change_password = models.BooleanField(default=False)
    #: Counted up to end every session at once, wherever it is kept.
    session_epoch = models.PositiveIntegerField(default=0)
    #: Made by the demonstration; see the rule `user_demonstration`.
    demonstration = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    #: Where somebody logged in comes from `Backend.get_user`: their posting of this day.
    posting_today: Posting | None

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        triggers = [USER_DEMONSTRATION, clocked("created_at")]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """What a session must still match: the password and the epoch."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for key in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(key)

    def _session_hash(self, key: str | bytes) -> str:
        value = f"{self.session_epoch} {self.password}"
        return salted_hmac("dukcapil session", value, secret=key, algorithm="sha256").hexdigest()


class StaffIdentity(models.Model):
    """Who somebody is: the keyed hash of a NIP or NIK, never the number. Two accounts with one each
    are two people; one without it counts as no second person. Entered once.
    """

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="identity")
    staff_id = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("identity of staff")
        triggers = [DATED, *APPEND_ONLY]


class _DateRange(Func):
    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class Posting(models.Model):
    """User x role x region x period. Today's posting decides what a person may do; those that ended
    stay, because what the person wrote refers to them.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="postings")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("posting")
        triggers = [clocked("created_at")]
        constraints = [
            models.CheckConstraint(
                name="posting_period",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                **says(
                    "posting-period",
                    _("A posting ends on or after its first day."),
                    field="ends_on",
                ),
            ),
            ExclusionConstraint(
                name="posting_one_a_day",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (_DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                **says(
                    "posting-overlap",
                    _("This person already has a posting in that period."),
                    field="starts_on",
                ),
            ),
            models.CheckConstraint(
                name="posting_region_fits_role",
                condition=(Q(role__in=OF_OFFICE) & code_length("region", 5))
                | (Q(role="province_officer") & code_length("region", 2) & ~Q(region="00"))
                | Q(role__in=["national_viewer", "public_client"], region="00")
                | (Q(role="village_verifier") & code_length("region", 8, 13))
                | (Q(role="burial_recorder") & code_length("region", 13))
                | (Q(role__in=BESIDE_BOTH) & code_length("region", 2, 5) & ~Q(region="00"))
                | (Q(role__in=["api_client", "administrator"]) & code_length("region", 2, 5)),
                **says(
                    "posting-region", _("This role is not posted to such a region."), field="region"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.region_id}"


class StaffAct(models.Model):
    """Who made, posted or reset whose account. For thirty days the two count as one person.

    `by` is empty where the machine's operator did it. An approved proposal has two rows: one of who
    proposed, one of who approved.
    """

    subject = models.ForeignKey(User, models.PROTECT, related_name="acts")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=StaffActKind.choices)
    posting = models.ForeignKey(Posting, models.PROTECT, null=True, related_name="acts")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("act on an account")
        triggers = [DATED, *APPEND_ONLY]


class StaffProposal(models.Model):
    """A posting that may decide, or another password for whoever holds one: what one person proposes
    and another approves. Pending until a decision stands beside it.
    """

    kind = models.CharField(max_length=8, choices=ProposalKind.choices)
    #: Of a new account: it is made when the proposal is approved.
    username = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    staff_id = models.BinaryField(null=True, max_length=32)
    #: Of a posting or a new password: whose.
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    #: Of a new password: the posting through which it was asked for.
    posting = models.ForeignKey(Posting, models.PROTECT, null=True, related_name="+")
    factor = models.BooleanField(default=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("proposal about staff")
        triggers = [DATED, *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="staffproposal_is_whole",
                condition=Q(kind="account", user=None, posting=None, starts_on__isnull=False)
                & ~Q(username="")
                | Q(kind="posting", user__isnull=False, posting=None, starts_on__isnull=False)
                | Q(kind="reset", user__isnull=False, posting__isnull=False),
            )
        ]

    @property
    def who(self) -> str:
        return self.user.name if self.user else self.name


class StaffDecision(models.Model):
    """What became of a proposal. Empty `decided_by`: the machine's operator, on the server."""

    proposal = models.OneToOneField(StaffProposal, models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=9, choices=ProposalVerdict.choices)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("decision about staff")
        triggers = [DATED, STAFF_TWO_PEOPLE, STAFF_DECIDED_BY, *APPEND_ONLY]


class ApiToken(AbstractAuthToken):
    """A hashed token, bound to one posting and to scopes that narrow what the posting may do."""

    posting = models.ForeignKey(Posting, models.CASCADE, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=30))
    label = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("API token")
        triggers = [clocked("created")]

    def __str__(self) -> str:
        return self.label


class AccessLog(ScopedModel):
    """Who saw, searched, revealed, exported or was refused what, and why. Append-only.

    Without foreign keys to people: it must outlive an erased person. `subject` is an id or a
    path, never a number, a name or a search text. Behind both walls: an office reads its own.
    """

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=10, choices=Access.choices)
    user_id = models.BigIntegerField(null=True)
    posting_id = models.BigIntegerField(null=True)
    #: The region of the posting; empty where nobody was logged in.
    office = models.CharField(max_length=13, blank=True, db_collation="C")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    case = models.CharField(max_length=100, blank=True)
    found = models.PositiveIntegerField(null=True)

    scope = Scope(office="office", village="office", written_by_all=True)

    class Meta(ScopedModel.Meta):
        verbose_name = _("access")
        triggers = [clocked("at"), *APPEND_ONLY]
        indexes = [
            models.Index(fields=["office", "at"], name="accesslog_office_at"),
            # Rare rows, which a head's first page asks for.
            models.Index(
                fields=["office", "at"],
                condition=Q(action="refused", kind="numbers guessed"),
                name="accesslog_guesses",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="accesslog_reveal_has_reason",
                condition=~Q(action="reveal") | (~Q(reason="") & ~Q(case="")),
            ),
            models.CheckConstraint(
                name="accesslog_reason_says_why",
                condition=~Q(action__in=["reveal", "export"]) | Q(reason__regex=r".{15}"),
                **says("reason-short", REASON_SHORT, field="reason"),
            ),
            models.CheckConstraint(
                name="accesslog_export_has_reason",
                condition=~Q(action="export") | ~Q(reason=""),
            ),
        ]


class AccessLink(models.Model):
    """The chain over the access log, one for each region that looks: order and content of rows.

    Written by a deferred trigger when the row is committed, so that people who look at the same time
    wait for each other as little as possible. The serving roles cannot even read it.
    """

    log = models.OneToOneField(
        AccessLog, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    office = models.CharField(max_length=13, blank=True, db_collation="C")
    seq = models.BigIntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("link of the access log")
        constraints = [models.UniqueConstraint(fields=["office", "seq"], name="accesslink_seq")]


class AccessHead(models.Model):
    """The end of each region's chain."""

    office = models.CharField(max_length=13, primary_key=True, db_collation="C")
    seq = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("end of the access log")


class Seal(models.Model):
    """Chains over what is decided: one link a row, with the hash of the row and all that belongs to it.

    Written by a deferred trigger (`seal`) when the row is committed: from then on nothing is added to
    it. Serving roles read it, for that rule; nobody but the trigger writes it.
    """

    pk = models.CompositePrimaryKey("chain", "seq")
    chain = models.CharField(max_length=40, db_collation="C")
    seq = models.BigIntegerField()
    #: The table and the key of the sealed row.
    kind = models.CharField(max_length=63, db_collation="C")
    row = models.BigIntegerField()
    content = models.BinaryField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("seal")
        constraints = [models.UniqueConstraint(fields=["kind", "row"], name="seal_once")]


class SealHead(models.Model):
    """The end of each chain of seals."""

    chain = models.CharField(max_length=40, primary_key=True, db_collation="C")
    seq = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("end of a chain of seals")


class IdempotentAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key, kept so that a retry gets the same bytes."""

    posting = models.ForeignKey(Posting, models.CASCADE)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = [clocked("created_at")]
        constraints = [
            models.UniqueConstraint(fields=["posting", "key"], name="idempotent_once"),
            models.CheckConstraint(
                name="idempotent_success", condition=Q(status__gte=200, status__lt=300)
            ),
        ]


rule(
    "accounts_user_username_key",
    lambda: Conflict("username-taken", _("This username is taken."), field="username"),
)
_TAKEN = _("This NIP or NIK belongs to another account.")
rule(
    "accounts_staffidentity_staff_id_key",
    lambda: Conflict("staff-id-taken", _TAKEN, field="staff_number"),
)
_KEPT = _("The NIP or NIK of an account is entered once and stays as it is.")
rule(
    "accounts_staffidentity_pkey",
    lambda: Conflict("staff-id-kept", _KEPT, field="staff_number"),
)
rule(
    "accounts_staffdecision_proposal_id_key",
    lambda: Conflict("proposal-decided", _("This proposal was decided already.")),
)
