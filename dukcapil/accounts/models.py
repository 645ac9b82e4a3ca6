"""Staff, their postings and tokens, and the log of who looked at what.

Personal data: User.username, User.name and User.email (staff). Nothing about residents.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Role
from dukcapil.regions.models import Region, code_length


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of the staff, or a program. What they may do is their posting's matter."""

    username = models.CharField(_("username"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.name


class _DateRange(Func):
    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class Posting(models.Model):
    """User x role x region x period. Today's posting decides; ended ones keep authorship."""

    user = models.ForeignKey(User, models.PROTECT, related_name="postings")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("posting")
        constraints = [
            models.CheckConstraint(
                name="posting_period",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            ExclusionConstraint(
                name="posting_one_a_day",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (_DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="posting_region_fits_role",
                condition=(
                    Q(role__in=["district_operator", "district_head"]) & code_length("region", 5)
                )
                | (Q(role="province_officer") & code_length("region", 2) & ~Q(region="00"))
                | Q(role="national_viewer", region="00")
                | (Q(role="village_verifier") & code_length("region", 8, 13))
                | (Q(role__in=["api_client", "administrator"]) & code_length("region", 2, 5)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.region_id}"


class ApiToken(AbstractAuthToken):
    """A hashed token, bound to one posting and to scopes that narrow what the posting may do."""

    posting = models.ForeignKey(Posting, models.CASCADE, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=30))
    label = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("API token")

    def __str__(self) -> str:
        return self.label


class AccessLog(models.Model):
    """Who saw, searched, revealed, exported or was refused what, and why. Append-only.

    Without foreign keys to people: it must outlive an erased person. `subject` is an id or a
    path, never a number, a name or a search text.
    """

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=10, choices=Access.choices)
    user_id = models.BigIntegerField(null=True)
    posting_id = models.BigIntegerField(null=True)
    office = models.CharField(max_length=13, blank=True, db_collation="C")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    case = models.CharField(max_length=100, blank=True)
    found = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("access")
        indexes = [models.Index(fields=["office", "at"], name="accesslog_office_at")]
        constraints = [
            models.CheckConstraint(
                name="accesslog_reveal_has_reason",
                condition=~Q(action="reveal") | (~Q(reason="") & ~Q(case="")),
            )
        ]


class IdempotentAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key, kept so that a retry gets the same bytes."""

    posting = models.ForeignKey(Posting, models.CASCADE)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "key"], name="idempotent_once"),
            models.CheckConstraint(
                name="idempotent_success", condition=Q(status__gte=200, status__lt=300)
            ),
        ]
