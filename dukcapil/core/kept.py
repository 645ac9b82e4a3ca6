"""What was typed when a session or a posting ended, or when something was refused: kept by the server,
sealed, for whoever opened the form, and given back once on the same page (docs/adr/0010, 0042).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, QueryDict

from dukcapil.core.crypto import decrypt, encrypt

OWNER = "form_owner"
#: How long a form's signature of its owner holds: a shift, and a night until the next login. An old page
#: that somebody finds later keeps nothing.
SIGNED_FOR = timedelta(hours=24)
_OWNER_SALT = "dukcapil.form"
#: In the session; the page of the login looks for it, too.
_KEY = "kept_forms"
#: Characters: a class list of a thousand rows and more. Without a session `dukcapil.front` takes 128 KB.
_MOST_CHARACTERS = 300_000
#: Pages whose forms one session keeps: the newest ones.
_MOST_PAGES = 5
_TOKENS = {"csrfmiddlewaretoken", "once", OWNER}
#: Fields that nobody typed. A form with nothing else in it is a button, which is pressed again.
_NOT_TYPED = _TOKENS | {"do", "version", "shown", "asked", "confirm"}


@dataclass
class Kept:
    typed: QueryDict
    #: The session or the posting had ended; else a rule had refused it.
    lost: bool
    #: A form of the page was filled with it, so static/js/kept.js need not.
    used: bool = False

    @property
    def fields(self) -> dict[str, list[str]]:
        """For static/js/kept.js: no token, no yes to a question, and the version of what was shown only
        where nobody has said yet that it is an old one.
        """
        left = _TOKENS | {"asked", "confirm"} | (set() if self.lost else {"version", "shown"})
        return {name: values for name, values in self.typed.lists() if name not in left}


def keep_typed(request: HttpRequest, *, lost: bool = True) -> bool:
    """Keep the form that came: sealed, in this session, for its owner. Whether there was one to keep.

    Only a form that carries our signature of its owner: a stranger cannot fill the table of sessions.
    """
    text = request.POST.urlencode()
    typed = any(value for name, value in request.POST.items() if name not in _NOT_TYPED)
    if not (typed and owner_of(request.POST)) or len(text) > _MOST_CHARACTERS:
        return False
    sealed = encrypt(orjson.dumps({"typed": text, "lost": lost}).decode(), context=_KEY)
    kept = request.session.pop(_KEY, {})
    kept.pop(request.get_full_path(), None)
    kept[request.get_full_path()] = base64.b64encode(sealed).decode()
    request.session[_KEY] = dict(list(kept.items())[-_MOST_PAGES:])
    return True


def take_kept(request: HttpRequest) -> Kept | None:
    """What the person who is logged in now typed on this page, once."""
    path = request.get_full_path()
    if path not in request.session.get(_KEY, {}):
        return None
    pages = request.session.pop(_KEY)
    sealed = base64.b64decode(pages.pop(path))
    if pages:
        request.session[_KEY] = pages
    kept = orjson.loads(decrypt(sealed, context=_KEY))
    typed = QueryDict(kept["typed"])
    return Kept(typed, kept["lost"]) if owner_of(typed) == str(request.user.pk) else None


def signed_owner(user_id: int) -> str:
    """The value of the field OWNER: whose form it is, and since when."""
    return TimestampSigner(salt=_OWNER_SALT).sign(str(user_id))


def owner_of(typed: QueryDict) -> str:
    """Whose form it is, by our own signature; empty when it is nobody's, or too old."""
    signer = TimestampSigner(salt=_OWNER_SALT)
    try:
        return signer.unsign(typed.get(OWNER, ""), max_age=SIGNED_FOR)
    except BadSignature:
        return ""


def kept_for(request: Any) -> Kept | None:
    """What `accounts.access.page` took for this page."""
    kept: Kept | None = getattr(request, "kept", None)
    return kept
