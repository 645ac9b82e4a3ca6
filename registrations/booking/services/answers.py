"""What is said of each row of a list: whom it means, what becomes of it, and what somebody chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dukcapil.regions.models import Region
from registrations.booking.readers import Line
from registrations.people.models import Resident
from registrations.people.validators import Person

#: The answer to a look-alike: another person.
ANOTHER = "new"


@dataclass(frozen=True)
class Choice:
    """What somebody decided about one row."""

    #: ANOTHER, or the id of the look-alike whom the row means.
    alike: str = ""
    #: What the list says otherwise is proposed as a correction.
    propose: bool = False
    out: bool = False


@dataclass(frozen=True)
class Difference:
    """What the list says otherwise than the office."""

    field: str
    label: str
    held: str
    listed: str
    #: As the verb of a correction takes it.
    value: Any = None


@dataclass
class RowAnswer:
    """What becomes of a row (`RowStatus`), and whom it means (`RowPerson`)."""

    line: Line
    choice: Choice = field(default_factory=Choice)
    status: str = "problem"
    who: str = ""
    #: Held by the office, and meant by the row.
    resident: Resident | None = None
    #: The village that the row names.
    village: Region | None = None
    #: The data of somebody new.
    data: Person | None = None
    message: str = ""
    #: Remarks that hinder nothing: 16 years old, 17 on election day, another district.
    notes: list[str] = field(default_factory=list)
    #: Of today, by what is known of age and marriage; empty without a birth date.
    stage: str = ""
    #: Masked rows of people who may be the same.
    alike: list[dict[str, Any]] = field(default_factory=list)
    differs: list[Difference] = field(default_factory=list)
    ticket: str = ""
    number: int | None = None
    expected_at: datetime | None = None

    @property
    def person(self) -> Resident:
        """The resident, for rows that are matched already."""
        if self.resident is None:
            raise ValueError("this row is not matched")
        return self.resident

    @property
    def stands(self) -> bool:
        """Nothing was said against it yet."""
        return not self.message and bool(self.who)

    def say(self, status: str, message: str) -> None:
        self.status, self.message = status, message
