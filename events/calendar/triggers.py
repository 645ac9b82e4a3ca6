"""Who opens or closes a day, whoever writes the row."""

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by

_DECIDES = roles_that(Permission.ELECTIONS_SET)
#: An opening writes its day; so does who decides about the day or the election that it hangs on.
_OPENS = roles_that(Permission.OPENINGS_CONFIRM, Permission.ELECTIONS_SET)

LOCALDAY_BY = signed_by(
    "localday_by",
    "by_id",
    f"CASE WHEN NEW.by_opening THEN {_OPENS} ELSE {_DECIDES} END",
    region="NEW.region_id",
)
