"""Jobs of accounts that the beat schedule starts."""

from __future__ import annotations

from dukcapil.accounts.services import forget_answers as forget
from dukcapil.core.jobs import task


@task("accounts.forget_answers")
def forget_answers() -> None:
    forget()
