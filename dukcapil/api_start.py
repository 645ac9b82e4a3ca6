"""The page with which programmers begin; docs/api.md says the same in English, with more words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    base = request.build_absolute_uri("/api/v1/")
    return render(request, "api/start.html", {"steps": _steps(base)})


def _steps(base: str) -> list[dict[str, Any]]:
    return [
        {
            "title": _("Get a token"),
            "text": _(
                "Make one on the page of your account, with no more scopes than the program needs. It is "
                "shown once. In the demonstration the tokens stand in var/demo.json, and stay the same."
            ),
            "code": f'TOKEN=...\ncurl -H "Authorization: Token $TOKEN" {base}ping/',
        },
        {
            "title": _("Ask for figures"),
            "text": _(
                "Choose the format with format= or with Accept: json, csv, satu-data, xlsx, sdmx-csv, text. "
                "Unknown figures are null, percentages are text with two decimals."
            ),
            "code": f'curl -H "Authorization: Token $TOKEN" \\\n'
            f'  "{base}coverage/?region=13&level=regency&format=csv"',
        },
        {
            "title": _("Region codes are text"),
            "text": _(
                "13.10 read as a number becomes 13.1, which is nobody. Tell your library that the column "
                "is text."
            ),
            "code": 'pandas.read_csv(file, dtype={"region": str})',
        },
        {
            "title": _("Ask again for nothing"),
            "text": _(
                "Answers have an ETag. Send it as If-None-Match: 304 without a body while no figure has "
                "changed. Long answers are compressed where you accept gzip."
            ),
            "code": f'ADDRESS="{base}coverage/?region=13"\n'
            'TAG=$(curl -sI -H "Authorization: Token $TOKEN" "$ADDRESS" | grep -i "^etag:" | cut -c7- | tr -d "\\r")\n'
            'curl -i -H "Authorization: Token $TOKEN" -H "If-None-Match: $TAG" "$ADDRESS"',
        },
        {
            "title": _("Turn the pages"),
            "text": _(
                "A list is {results: [...]} with up to 200 rows, or limit= up to 1,000. While more rows "
                "follow, the header Link leads to them."
            ),
            "code": 'Link: <.../regions/?level=village&cursor=...>; rel="next"',
        },
        {
            "title": _("Write, and write safely again"),
            "text": _(
                "If the network broke, send the same again: with the same Idempotency-Key, and for services "
                "with the same id (a UUIDv7 of your own), nothing is done twice. What a token may do is what "
                "its account may: this example, a report built anew, takes a province's."
            ),
            "code": f'curl -X POST -H "Authorization: Token $TOKEN" -H "Idempotency-Key: satu" \\\n'
            f'  -H "Content-Type: application/json" {base}daily-reports/ \\\n'
            '  -d \'{"date": "2024-11-15", "region": "13.75"}\'',
        },
        {
            "title": _("Read refusals"),
            "text": _(
                "Errors are application/problem+json: type never changes its meaning, errors[].pointer names "
                "the field. A 409 with confirm asks: send the same call with these words as confirm. 429 "
                "says in Retry-After how long to wait."
            ),
            "code": '{"type": "/problems/invalid", "title": "...", "status": 422,\n'
            ' "errors": [{"pointer": "/birth_date", "detail": "..."}]}',
        },
        {
            "title": _("Have a client made"),
            "text": _(
                "The document of the API fits every answer: generators make typed clients of it, for Python "
                "and TypeScript for example."
            ),
            "code": f"openapi-python-client generate --url {base}schema/\n"
            f"npx openapi-typescript {base}schema/ -o dukcapil.d.ts",
        },
        {
            "title": _("Show published figures on your own page"),
            "text": _(
                "A public token may be used from any page: published figures, releases, their meaning and "
                "structures allow other origins, without cookies."
            ),
            "code": f'fetch("{base}coverage/?region=00&level=province",\n'
            '  {headers: {Authorization: "Token ..."}})',
        },
    ]
