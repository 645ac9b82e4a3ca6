"""What the SDMX files of coverage are made of, as an SDMX-JSON 2.0 structure message."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy, override

from reports.coverage.enums import View
from reports.coverage.selectors.metadata import BY_NAME

STRUCTURE_TYPE = "application/vnd.sdmx.structure+json; version=2.0.0"
#: By its address readers know the format; nobody has to fetch it.
SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/structure-message/tools/schemas/2.0.0/"
    "sdmx-json-structure-schema.json"
)
AGENCY, VERSION = "DUKCAPIL", "1.0"
#: When the structures last changed, not when somebody asked: the same words are the same bytes.
PREPARED = "2026-11-26T00:00:00Z"
_LANGUAGES = ("id", "en")
_MODEL = "urn:sdmx:org.sdmx.infomodel"

_CONCEPTS: dict[str, Any] = {
    "FREQ": gettext_lazy("Frequency"),
    "REF_AREA": gettext_lazy("Region"),
    "INDICATOR": gettext_lazy("Figure"),
    "VIEW": gettext_lazy("Whose residents are counted"),
    "BASIS": gettext_lazy("Basis"),
    "TIME_PERIOD": gettext_lazy("Day"),
    "OBS_VALUE": gettext_lazy("Value"),
    "UNIT_MEASURE": gettext_lazy("Unit"),
    "OBS_STATUS": gettext_lazy("Status of the figure"),
    "BASIS_NAME": gettext_lazy("Name of the basis"),
    "AS_OF": gettext_lazy("Counted up to"),
}
_CODES: dict[str, dict[str, Any]] = {
    "FREQ": {"D": gettext_lazy("Daily")},
    "INDICATOR": {name.upper(): figure.label for name, figure in BY_NAME.items()},
    "VIEW": {view.value.upper(): view.label for view in View},
    "UNIT_MEASURE": {"PS": gettext_lazy("People"), "PT": gettext_lazy("Percent")},
    "OBS_STATUS": {
        "A": gettext_lazy("final"),
        "P": gettext_lazy("provisional"),
        "M": gettext_lazy("unknown"),
    },
}
_FORMATS: dict[str, dict[str, Any]] = {
    # The digits of the region's code behind ID, which alone is the nation.
    "REF_AREA": {"dataType": "String", "pattern": "ID([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10})?"},
    "BASIS": {"dataType": "String", "pattern": "NONE|B[0-9]+"},
    "OBS_VALUE": {"dataType": "Decimal"},
    "BASIS_NAME": {"dataType": "String", "maxLength": 100},
    "AS_OF": {"dataType": "DateTime"},
}
_DIMENSIONS = ("FREQ", "REF_AREA", "INDICATOR", "VIEW", "BASIS")
_ATTRIBUTES = ("UNIT_MEASURE", "OBS_STATUS", "BASIS_NAME", "AS_OF")


def structure() -> dict[str, Any]:
    """Names in Indonesian and English."""
    return {
        "meta": {
            "schema": SCHEMA,
            "id": "DUKCAPIL_COVERAGE",
            "prepared": PREPARED,
            "test": False,
            "contentLanguages": list(_LANGUAGES),
            "sender": {"id": AGENCY},
        },
        "data": {
            "conceptSchemes": [
                {
                    **_maintained("CONCEPTS", gettext_lazy("Concepts of coverage")),
                    "concepts": _items(_CONCEPTS),
                }
            ],
            "codelists": [
                {**_maintained(f"CL_{name}", _CONCEPTS[name]), "codes": _items(codes)}
                for name, codes in _CODES.items()
            ],
            "dataStructures": [
                {
                    **_maintained("COVERAGE", gettext_lazy("Coverage")),
                    "dataStructureComponents": _components(),
                }
            ],
            "dataflows": [
                {
                    **_maintained("COVERAGE", gettext_lazy("Coverage")),
                    "structure": f"{_MODEL}.datastructure.DataStructure={AGENCY}:COVERAGE({VERSION})",
                }
            ],
        },
    }


def _names(label: Any) -> dict[str, Any]:
    names = {}
    for language in _LANGUAGES:
        with override(language):
            names[language] = str(label)
    return {"name": names["id"], "names": names}


def _maintained(name: str, label: Any) -> dict[str, Any]:
    return {"id": name, "agencyID": AGENCY, "version": VERSION, **_names(label)}


def _items(labels: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": name, **_names(label)} for name, label in labels.items()]


def _component(name: str, **more: Any) -> dict[str, Any]:
    concept = f"{_MODEL}.conceptscheme.Concept={AGENCY}:CONCEPTS({VERSION}).{name}"
    shown: dict[str, Any] = {"format": _FORMATS.get(name)}
    if name in _CODES:
        shown = {"enumeration": f"{_MODEL}.codelist.Codelist={AGENCY}:CL_{name}({VERSION})"}
    return {"id": name, "conceptIdentity": concept, "localRepresentation": shown, **more}


def _components() -> dict[str, Any]:
    day = _component("TIME_PERIOD") | {
        "localRepresentation": {"format": {"dataType": "GregorianDay"}}
    }
    return {
        "dimensionList": {
            "id": "DimensionDescriptor",
            "dimensions": [
                _component(name, position=place) for place, name in enumerate(_DIMENSIONS, 1)
            ],
            "timeDimension": day,
        },
        "measureList": {"id": "MeasureDescriptor", "measures": [_component("OBS_VALUE")]},
        "attributeList": {
            "id": "AttributeDescriptor",
            "attributes": [
                _component(name, usage="optional", attributeRelationship={"observation": {}})
                for name in _ATTRIBUTES
            ],
        },
    }
