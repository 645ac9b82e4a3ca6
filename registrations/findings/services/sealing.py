"""What a finding holds of a person: sealed for its row, read by who may see the person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from dukcapil.core.crypto import decrypt, encrypt
from registrations.findings.models import Finding


@dataclass(frozen=True)
class Said:
    """`note`: of who found it; `decided_note`: of who decided."""

    number: str
    note: str
    decided_note: str


def seal(finding_id: uuid.UUID, part: str, text: str) -> bytes | None:
    """None for nothing. `part`: a column, so that none can be put in place of another."""
    return encrypt(text, context=f"finding {part} {finding_id}") if text else None


def said_in(finding: Finding) -> Said:
    def read(part: str, sealed: bytes | memoryview | None) -> str:
        # Empty bytes: the person was erased.
        return decrypt(bytes(sealed), context=f"finding {part} {finding.pk}") if sealed else ""

    return Said(
        read("number", finding.evidence_number),
        read("note", finding.note),
        read("decided", finding.decided_note),
    )
