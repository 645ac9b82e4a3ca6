"""Names that vocabularies have in the document of the API, and where each is declared."""

from __future__ import annotations

ENUM_NAMES = {
    "ServiceEnum": "events.planning.enums.Service",
    "EventKindEnum": "events.planning.enums.EventKind",
    "OutcomeEnum": "registrations.ledger.enums.Outcome",
    "StageEnum": "registrations.people.enums.Stage",
    "FindingOutcomeEnum": "registrations.people.enums.FindingOutcome",
    "RecordStatusEnum": "registrations.cards.enums.StatusCode",
    "FindingStateEnum": "registrations.findings.enums.FindingState",
    "BurialStateEnum": "registrations.burials.enums.Told",
    "PaperKindEnum": "registrations.papers.enums.PaperKind",
    "PaperStateEnum": "registrations.papers.enums.PaperState",
    "DocumentStateEnum": "registrations.documents.enums.DocumentState",
    "DocumentKindEnum": "registrations.documents.enums.DOCUMENT_KINDS",
    "ElectionStateEnum": "events.elections.enums.ElectionState",
    "SignEnum": "events.elections.enums.Sign",
    "ReceiverEnum": "registrations.ledger.enums.Receiver",
    "HandoverProofEnum": "registrations.ledger.enums.HandoverProof",
    "RowKindEnum": "registrations.ledger.enums.RowKind",
    "IncidentKindEnum": "events.incidents.enums.IncidentKind",
    "IncidentStateEnum": "events.incidents.enums.IncidentState",
    "OutageKindEnum": "events.incidents.enums.OutageKind",
    "DeviceKindEnum": "events.resources.enums.DeviceKind",
    "DeviceStateEnum": "events.resources.enums.DeviceState",
    "CalledAgainEnum": "registrations.people.enums.CalledAgain",
    "PlanStateEnum": "reports.planner.enums.PlanState",
}
