"""Refusals of documents that several rooms raise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule


def other_content() -> Conflict:
    return Conflict(
        "document-differs", _("A document with this id and another content exists."), field="id"
    )


def elsewhere() -> Conflict:
    return Conflict(
        "document-state", _("This document is at another step already: look at it anew.")
    )


rule("DK270", elsewhere)
#: An id that another office's request has: nothing is told of that.
rule("registrations_documentrequest_pkey", other_content)
