"""What was typed when a session or a posting ended, or when something was refused: kept by the server,
sealed, for whoever opened the form, and given back once on the same page (docs/adr/0010, 0042).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, QueryDict
from redis.exceptions import RedisError

from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.limits import Limit

OWNER = "form_owner"
#: How long a form's signature of its owner holds: a shift, and a night until the next login. An old page
#: that somebody finds later keeps nothing.
SIGNED_FOR = timedelta(hours=24)
_OWNER_SALT = "dukcapil.form"
#: In the session; the page of the login looks for it, too.
_KEY = "kept_forms"
#: Characters: a class list of five thousand rows.
_MOST_CHARACTERS = 600_000
#: Bytes that `dukcapil.front` takes without a session from a browser in which somebody was logged in within
#: the time that a form is signed for; from others it takes 128 KB.
LARGEST_KEPT = 1024 * 1024
#: As much is heard from anybody, so it may be kept from any browser.
_FROM_ANYBODY = 128 * 1024
#: The cookie of such a browser. It says who was logged in, and lets nobody in. It goes with a logout.
HERE = "__Host-kenal" if settings.SESSION_COOKIE_SECURE else "kenal"
_HERE_SALT = "dukcapil.here"
_SIGNED_ANEW = timedelta(hours=1)
#: Pages whose forms one session keeps: the newest ones.
_MOST_PAGES = 5
#: Browsers without a session, each a new row of sessions, that keep forms of one owner. Their own page is
#: all that somebody needs to send it again and again.
_NEW_SESSIONS = Limit("kept-forms", 100, int(SIGNED_FOR.total_seconds()))
#: `form_guard` writes them into every form anew.
TOKENS = {"csrfmiddlewaretoken", "once", OWNER}
#: Fields that nobody typed. A form with nothing else in it is a button, which is pressed again.
_NOT_TYPED = TOKENS | {"do", "version", "shown", "asked", "confirm"}


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
        left = TOKENS | {"asked", "confirm"} | (set() if self.lost else {"version", "shown"})
        return {name: values for name, values in self.typed.lists() if name not in left}


def keep_typed(request: HttpRequest, *, lost: bool = True) -> bool:
    """Keep the form that came: sealed, in this session, for its owner. Whether there was one to keep.

    Only a form that carries our signature of its owner: a stranger cannot fill the table of sessions.
    """
    text = request.POST.urlencode()
    typed = any(value for name, value in request.POST.items() if name not in _NOT_TYPED)
    owner = owner_of(request.POST)
    if not (typed and owner) or len(text) > _MOST_CHARACTERS:
        return False
    if SESSION_KEY not in request.session and not _may_keep(request, owner, len(text)):
        return False
    sealed = encrypt(orjson.dumps({"typed": text, "lost": lost}).decode(), context=_KEY)
    kept = request.session.pop(_KEY, {})
    kept.pop(request.get_full_path(), None)
    kept[request.get_full_path()] = base64.b64encode(sealed).decode()
    request.session[_KEY] = dict(list(kept.items())[-_MOST_PAGES:])
    return True


def _may_keep(request: HttpRequest, owner: str, length: int) -> bool:
    """Without a session: a long form in the browser of its owner alone, and not in ever more sessions."""
    if length > _FROM_ANYBODY and who_was_here(request.COOKIES.get(HERE, "")) != owner:
        return False
    if _KEY in request.session:
        return True
    try:
        return _NEW_SESSIONS.take(owner)
    except RedisError:  # without Redis work is kept as well
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


def who_was_here(cookie: str, within: timedelta = SIGNED_FOR) -> str:
    """Who was logged in with this browser a short while ago, and did not log out; empty: nobody."""
    try:
        return TimestampSigner(salt=_HERE_SALT).unsign(cookie, max_age=within)
    except BadSignature:
        return ""


def remember_browser(request: HttpRequest, response: HttpResponse, user: str) -> None:
    """Once an hour, for the answer to somebody who is logged in with a session."""
    if who_was_here(request.COOKIES.get(HERE, ""), _SIGNED_ANEW) == user:
        return
    response.set_cookie(
        HERE,
        TimestampSigner(salt=_HERE_SALT).sign(user),
        max_age=SIGNED_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_browser(response: HttpResponse) -> None:
    # As it was set: a browser takes a __Host- cookie back only with Secure.
    response.set_cookie(
        HERE, "", max_age=0, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def kept_for(request: Any) -> Kept | None:
    """What `accounts.access.page` took for this page."""
    kept: Kept | None = getattr(request, "kept", None)
    return kept
