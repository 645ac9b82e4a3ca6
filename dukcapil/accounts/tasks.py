from __future__ import annotations

from dukcapil.accounts import services
from dukcapil.core.jobs import task


@task("accounts.forget_answers")
def forget_answers() -> None:
    services.forget_answers()
