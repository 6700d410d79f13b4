//! A walk over the whole schema: what a new field or type must have declared before it can go unnoticed. Each list here is
//! read at review; what is missing in it fails.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputObjectType, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use std::collections::{BTreeMap, BTreeSet};

/// Lists that are given whole, and what bounds them.
const BOUNDED: &[(&str, &str)] = &[
    ("AccessLogEntry.kinds", "the kinds there are"),
    ("AffectedAppointment.proposals", "five"),
    ("Address.lines", "5, when it is written"),
    ("AvailabilityException.visitTypes", "20, when it is written"),
    ("AvailabilityRule.visitTypes", "20, when it is written"),
    ("AvailabilityRule.weekdays", "seven"),
    ("Allergy.reactions", "10, when it is written"),
    ("AuditEntry.fields", "those that an operation may have"),
    ("AuditEntry.kinds", "the kinds there are"),
    ("AuditEntry.roles", "the roles there are"),
    ("Concept.codings", "5, when it is written"),
    ("ConfirmMfaEnrolmentPayload.recoveryCodes", "ten"),
    ("Doctor.specialties", "20, when it is written"),
    ("DoctorCredentials.licences", "20, when it is written"),
    ("Patient.latestVitals", "what is measured: ten"),
    ("Patient.vitalThresholds", "what bounds are set for: seven"),
    ("PatientContact.emergencyContacts", "10, when it is written"),
    ("PersonName.given", "10, when it is written"),
    ("RecordVersion.changes", "the fields of an entry"),
    ("RecordVersion.overridden", "50, when it is written"),
    ("RecordVitalsPayload.vitals", "what is measured: ten"),
    ("RegenerateRecoveryCodesPayload.recoveryCodes", "ten"),
    ("RequestMedicationPayload.conflicts", "50"),
    (
        "RevokeOtherSessionsPayload.sessions",
        "those of one account",
    ),
    (
        "SetVitalThresholdPayload.vitalThresholds",
        "what bounds are set for: seven",
    ),
    ("UpdateMedicationRequestPayload.conflicts", "50"),
    ("User.roles", "the roles there are"),
    ("User.sessions", "100"),
    ("Viewer.sessions", "100"),
    ("Vital.codings", "two"),
    ("Vital.components", "two"),
    ("VitalAlert.calls", "the doctors of a care team, once each"),
    ("VitalLine.points", "200"),
    ("VitalSeries.lines", "two"),
    ("WaitlistEntry.windows", "10, when it is written"),
    ("WaitlistWindow.weekdays", "seven"),
];

/// The types that hold a person's data: a patient's, or an account's. What reads one of their fields is recorded.
pub const PERSONS: &[&str] = &[
    "Absence",
    "AbsenceOutcome",
    "AccessLogEntry",
    "Address",
    "AlertCall",
    "AffectedAppointment",
    "Allergy",
    "AllergyReaction",
    "Appointment",
    "AppointmentSeries",
    "AppointmentStep",
    "AuditEntry",
    "AuditObject",
    "AuthSession",
    "BreakGlassGrant",
    "BreakGlassReview",
    "CareTeamMember",
    "Concept",
    "Condition",
    "Coverage",
    "EarlyWarningParts",
    "EarlyWarningScore",
    "EmergencyContact",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "MfaChallenge",
    "MfaEnrolment",
    "Patient",
    "PatientContact",
    "PatientPreferences",
    "PersonName",
    "PlannedAppointment",
    "PrescribingConflict",
    "QueuePlace",
    "RecordDifference",
    "RecordVersion",
    "Session",
    "User",
    "Viewer",
    "Vital",
    "VitalAlert",
    "VitalComponent",
    "VitalLine",
    "VitalPoint",
    "VitalSeries",
    "WaitlistEntry",
    "WaitlistOffer",
    "WaitlistWindow",
    "VitalThreshold",
];

/// The types that hold nobody's data. (Payloads, pages, refusals and messages hold what they lead to.)
const NOBODYS: &[&str] = &[
    "AccessEnded",
    "AppointmentProposal",
    "AvailabilityException",
    "AvailabilityRule",
    "CaughtUp",
    "Coding",
    "Department",
    "Doctor",
    "DoctorCredentials",
    "Licence",
    "PageInfo",
    "ResyncRequired",
    "Slot",
    "VisitKind",
];

/// Mutations that take no idempotency key, and why a second one does no harm.
const WITHOUT_KEY: &[(&str, &str)] = &[
    ("beginMfaEnrolment", "gives another secret"),
    ("changePassword", "the old password is the key"),
    ("completeSignIn", "a code works once"),
    ("confirmMfaEnrolment", "a code works once"),
    ("disableMfa", "nothing is left to take away"),
    ("erasePatient", "nothing is left to erase"),
    ("proveIdentity", "a code works once"),
    ("refreshSession", "the token is the key"),
    ("regenerateRecoveryCodes", "those before are void"),
    (
        "registerPatient",
        "answers the same whether or not there was one",
    ),
    (
        "removeAvailabilityException",
        "nothing is left to take away",
    ),
    ("requestEmailVerification", "another letter, up to a limit"),
    ("requestPasswordReset", "another letter, up to a limit"),
    ("resetPassword", "a link works once"),
    ("resolveAbsence", "what was resolved is no longer affected"),
    ("signIn", "a session more"),
    ("verifyEmail", "a link works once"),
];

/// Mutations of what has a version that ask for none, and why.
const WITHOUT_VERSION: &[(&str, &str)] = &[
    ("acknowledgeAlert", "an alert is taken on once"),
    ("addAvailabilityRule", "makes one"),
    ("addCareTeamMember", "makes one"),
    ("addCoverage", "makes one"),
    ("bookAppointment", "makes one"),
    ("bookSeries", "makes one"),
    ("breakGlass", "makes one"),
    ("confirmMfaEnrolment", "of one's own account, by a code"),
    ("createDoctor", "makes one"),
    ("createPatient", "makes one"),
    ("createUser", "makes one"),
    ("createVisitType", "makes one"),
    ("disableMfa", "of one's own account, by a password"),
    ("endBreakGlass", "a grant ends once"),
    ("holdSlot", "makes one"),
    ("joinWaitlist", "makes one"),
    ("markAbsence", "makes one"),
    (
        "removeAvailabilityException",
        "an exception is taken away once",
    ),
    ("recordAllergy", "makes one"),
    ("recordCondition", "makes one"),
    ("recordImmunization", "makes one"),
    ("recordVitals", "makes some"),
    ("requestAppointment", "makes one"),
    ("requestMedication", "makes one"),
    ("resolveAbsence", "each appointment has one of its own"),
    ("reviewBreakGlass", "a grant is reviewed once"),
    ("revokeBreakGlass", "a grant ends once"),
    ("stateMedication", "makes one"),
];

pub fn types() -> BTreeMap<String, TypeDefinition> {
    let document = parse_schema(patient_tracker::schema::sdl()).unwrap();
    let all = document.definitions.into_iter();
    all.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(one) => Some((one.node.name.node.to_string(), one.node)),
        _ => None,
    })
    .collect()
}

/// Every field of every object.
fn fields() -> Vec<(String, FieldDefinition)> {
    let all = types().into_iter();
    all.flat_map(|(name, definition)| {
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            _ => Vec::new(),
        };
        fields
            .into_iter()
            .map(move |field| (name.clone(), field.node))
    })
    .collect()
}

pub fn base(kind: &BaseType) -> String {
    match kind {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => base(&item.base),
    }
}

/// The input of a mutation.
fn input(types: &BTreeMap<String, TypeDefinition>, field: &FieldDefinition) -> InputObjectType {
    let argument = &field.arguments.first().unwrap().node;
    match &types[&base(&argument.ty.node.base)].kind {
        TypeKind::InputObject(input) => input.clone(),
        other => panic!("{} takes {other:?}", field.name),
    }
}

fn has(input: &InputObjectType, name: &str) -> bool {
    input
        .fields
        .iter()
        .any(|field| field.node.name.node == name)
}

fn mutations() -> Vec<FieldDefinition> {
    let all = fields().into_iter();
    all.filter(|(parent, _)| parent == "Mutation")
        .map(|(_, field)| field)
        .collect()
}

/// What is missing in a list, and what stands in it for nothing.
fn must_be(found: BTreeSet<String>, declared: impl Iterator<Item = &'static str>) {
    let declared: BTreeSet<_> = declared.map(str::to_owned).collect();
    let missing: Vec<_> = found.difference(&declared).collect();
    let left_over: Vec<_> = declared.difference(&found).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "missing: {missing:?}, left over: {left_over:?}"
    );
}

#[test]
fn every_list_is_paged_or_says_what_bounds_it() {
    let mut whole = BTreeSet::new();
    for (parent, field) in fields() {
        let is_list = matches!(field.ty.node.base, BaseType::List(_));
        let is_page = parent.ends_with("Connection");
        let is_reason = field.name.node == "userErrors" || field.name.node == "path";
        if is_list && !is_page && !is_reason {
            whole.insert(format!("{parent}.{}", field.name.node));
        }
    }
    must_be(whole, BOUNDED.iter().map(|(name, _)| *name));
}

#[test]
fn every_page_is_asked_for_with_its_size() {
    let unsized_ones: Vec<_> = fields()
        .into_iter()
        .filter(|(_, field)| base(&field.ty.node.base).ends_with("Connection"))
        .filter(|(_, field)| {
            let names = field
                .arguments
                .iter()
                .map(|argument| argument.node.name.node.as_str());
            let names: BTreeSet<_> = names.collect();
            !["first", "after", "last", "before"]
                .iter()
                .all(|name| names.contains(name))
        })
        .map(|(parent, field)| format!("{parent}.{}", field.name.node))
        .collect();
    assert_eq!(unsized_ones, Vec::<String>::new());
}

#[test]
fn every_type_says_whether_it_holds_a_persons_data() {
    let carriers = ["Payload", "Connection", "Edge", "Error", "Change"];
    let roots = ["Query", "Mutation", "Subscription"];
    let found = types().into_iter().filter(|(name, definition)| {
        matches!(definition.kind, TypeKind::Object(_))
            && !carriers.iter().any(|carrier| name.ends_with(carrier))
            && !roots.contains(&name.as_str())
    });
    let found = found.map(|(name, _)| name).collect();
    must_be(found, PERSONS.iter().chain(NOBODYS).copied());
}

#[test]
fn every_object_says_who_may() {
    let silent = types().into_iter().filter(|(_, definition)| {
        let says = definition
            .description
            .as_ref()
            .map(|text| text.node.as_str());
        let last = says
            .unwrap_or_default()
            .trim_end_matches('.')
            .rsplit(". ")
            .next();
        matches!(definition.kind, TypeKind::Object(_))
            && !last.is_some_and(|last| {
                last.split_whitespace()
                    .any(|word| word.trim_end_matches('.') == "may")
            })
    });
    let silent: Vec<_> = silent.map(|(name, _)| name).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn nothing_but_an_id_is_reached_through_an_interface() {
    for (name, definition) in types() {
        if let TypeKind::Interface(interface) = definition.kind {
            let fields: Vec<_> = interface
                .fields
                .iter()
                .map(|one| one.node.name.node.as_str())
                .collect();
            assert_eq!((name.as_str(), fields), ("Node", vec!["id"]));
        }
    }
}

#[test]
fn every_mutation_takes_an_idempotency_key_or_says_why_not() {
    let types = types();
    let without = mutations()
        .into_iter()
        .filter(|field| !has(&input(&types, field), "idempotencyKey"));
    let without = without.map(|field| field.name.node.to_string()).collect();
    must_be(without, WITHOUT_KEY.iter().map(|(name, _)| *name));
}

#[test]
fn every_mutation_of_what_has_a_version_asks_for_it_or_says_why_not() {
    let types = types();
    let has_version = |name: &str| match types.get(name).map(|one| &one.kind) {
        Some(TypeKind::Object(object)) => object
            .fields
            .iter()
            .any(|one| one.node.name.node == "version"),
        _ => false,
    };
    let answers_with_one = |field: &FieldDefinition| match &types[&base(&field.ty.node.base)].kind {
        TypeKind::Object(payload) => {
            let mut fields = payload.fields.iter();
            fields.any(|one| has_version(&base(&one.node.ty.node.base)))
        }
        _ => false,
    };
    let without = mutations()
        .into_iter()
        .filter(|field| answers_with_one(field) && !has(&input(&types, field), "expectedVersion"));
    let without = without.map(|field| field.name.node.to_string()).collect();
    must_be(without, WITHOUT_VERSION.iter().map(|(name, _)| *name));
}
