//! What patients ask to have changed.

use super::chart::{CLINICAL, EDGE, ERROR, PAGE};
use super::{Entry, PEOPLE, STAFF};
use crate::access::fields::Rule;
use entity::code::Roles;

const PATIENT: Rule = Rule::Roles(Roles::PATIENT);

pub(super) const ENTRIES: &[Entry] = &[
    (
        "ChangeProposal",
        PEOPLE,
        &[
            "baseVersion",
            "changes",
            "decidedAt",
            "decidedBy",
            "id",
            "kind",
            "message",
            "patient",
            "proposedAt",
            "reason",
            "record",
            "status",
            "version",
        ],
    ),
    (
        "ChangeProposalChange",
        PEOPLE,
        &["changeProposal", "cursor", "kind", "occurredAt"],
    ),
    ("ChangeProposalConnection", PEOPLE, PAGE),
    ("ChangeProposalEdge", PEOPLE, EDGE),
    ("DecideChangeProposalError", STAFF, ERROR),
    (
        "DecideChangeProposalPayload",
        STAFF,
        &["changeProposal", "userErrors"],
    ),
    (
        "FieldProposal",
        PEOPLE,
        &["after", "before", "decision", "field"],
    ),
    (
        "Mutation",
        PATIENT,
        &["proposeChange", "withdrawChangeProposal"],
    ),
    ("Mutation", STAFF, &["decideChangeProposal"]),
    ("Patient", PEOPLE, &["changeProposals"]),
    ("ProposeChangeError", PATIENT, ERROR),
    (
        "ProposeChangePayload",
        PATIENT,
        &["changeProposal", "userErrors"],
    ),
    ("Query", STAFF, &["openChangeProposals"]),
    ("RecordVersion", CLINICAL, &["proposal"]),
    ("Subscription", PEOPLE, &["changeProposed"]),
    ("WithdrawChangeProposalError", PATIENT, ERROR),
    (
        "WithdrawChangeProposalPayload",
        PATIENT,
        &["changeProposal", "userErrors"],
    ),
];
