//! The ledger of the policy: who may do what to what, through which relation. A change of it shows in review.

use chrono::DateTime;
use entity::code::{BreakGlassReason, Confidentiality, RecordSource, Roles};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId, UserId};
use patient_tracker::access::fields::{Rule, Table};
use patient_tracker::access::{
    Action, Actor, Asked, BrokenGlass, Decision, PatientFacts, Resource, Stage, Viewer, decide,
};
use std::fmt::Write as _;
use uuid::Uuid;

const PATIENT: PatientId = PatientId(Uuid::from_u128(1));
/// The doctor asked about.
pub const DOCTOR: DoctorId = DoctorId(Uuid::from_u128(2));
const USER: UserId = UserId(Uuid::from_u128(3));
const ANOTHER: u128 = 99;

/// Somebody of these roles; the patient, the doctor or the account asked about if `own`.
pub fn viewer(roles: Roles, own: bool, clearance: Confidentiality) -> Viewer {
    let id = |mine: Uuid| if own { mine } else { Uuid::from_u128(ANOTHER) };
    Viewer::of(Actor {
        user: UserId(id(USER.0)),
        session: SessionId(Uuid::from_u128(4)),
        roles,
        clearance,
        patient: roles
            .any_of(Roles::PATIENT)
            .then(|| PatientId(id(PATIENT.0))),
        doctor: roles.any_of(Roles::DOCTOR).then(|| DoctorId(id(DOCTOR.0))),
        expires_at: DateTime::UNIX_EPOCH,
    })
}

const BROKEN: BrokenGlass = BrokenGlass {
    grant: BreakGlassGrantId(Uuid::from_u128(5)),
    reason: BreakGlassReason::Disaster,
};

/// A record so sensitive, and how a doctor is related to it.
pub fn facts(relation: Relation, confidentiality: Confidentiality) -> PatientFacts {
    PatientFacts {
        care_team: relation == Relation::CareTeam,
        appointment: relation == Relation::Appointment,
        break_glass: (relation == Relation::BreakGlass).then_some(BROKEN),
        ..PatientFacts::unrelated(PATIENT, confidentiality)
    }
}

/// What opens a record to a doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    None,
    CareTeam,
    Appointment,
    BreakGlass,
}

/// Everybody there is, as `(words, viewer, relation to the patient)`.
fn everybody() -> Vec<(&'static str, Viewer, Relation)> {
    let (normal, restricted) = (Confidentiality::Normal, Confidentiality::Restricted);
    let none = Relation::None;
    vec![
        ("nobody in particular", Viewer::anonymous(), none),
        ("without a role", viewer(Roles::NONE, true, normal), none),
        (
            "another without a role",
            viewer(Roles::NONE, false, normal),
            none,
        ),
        ("the patient", viewer(Roles::PATIENT, true, normal), none),
        (
            "another patient",
            viewer(Roles::PATIENT, false, normal),
            none,
        ),
        (
            "the doctor, no relation",
            viewer(Roles::DOCTOR, true, normal),
            none,
        ),
        (
            "another doctor, no relation",
            viewer(Roles::DOCTOR, false, normal),
            none,
        ),
        (
            "another doctor, care team",
            viewer(Roles::DOCTOR, false, normal),
            Relation::CareTeam,
        ),
        (
            "another doctor, appointment",
            viewer(Roles::DOCTOR, false, normal),
            Relation::Appointment,
        ),
        (
            "the doctor, broken glass",
            viewer(Roles::DOCTOR, true, normal),
            Relation::BreakGlass,
        ),
        (
            "another doctor, broken glass",
            viewer(Roles::DOCTOR, false, normal),
            Relation::BreakGlass,
        ),
        (
            "another doctor, cleared for restricted, broken glass",
            viewer(Roles::DOCTOR, false, restricted),
            Relation::BreakGlass,
        ),
        ("administrator", viewer(Roles::ADMIN, false, normal), none),
        (
            "administrator, of themselves",
            viewer(Roles::ADMIN, true, normal),
            none,
        ),
        ("analyst", viewer(Roles::ANALYST, false, normal), none),
        (
            "analyst, of themselves",
            viewer(Roles::ANALYST, true, normal),
            none,
        ),
        (
            "the doctor, care team",
            viewer(Roles::DOCTOR, true, normal),
            Relation::CareTeam,
        ),
        (
            "the doctor, appointment",
            viewer(Roles::DOCTOR, true, normal),
            Relation::Appointment,
        ),
        (
            "the doctor, cleared for restricted, no relation",
            viewer(Roles::DOCTOR, true, restricted),
            none,
        ),
        (
            "another doctor, cleared for restricted, no relation",
            viewer(Roles::DOCTOR, false, restricted),
            none,
        ),
        (
            "another doctor, cleared for restricted, care team",
            viewer(Roles::DOCTOR, false, restricted),
            Relation::CareTeam,
        ),
        (
            "another doctor, cleared for restricted, appointment",
            viewer(Roles::DOCTOR, false, restricted),
            Relation::Appointment,
        ),
        (
            "administrator and doctor, no relation",
            viewer(Roles::ADMIN.with(Roles::DOCTOR), false, normal),
            none,
        ),
        (
            "administrator and doctor, care team",
            viewer(Roles::ADMIN.with(Roles::DOCTOR), false, normal),
            Relation::CareTeam,
        ),
        (
            "administrator and the patient",
            viewer(Roles::ADMIN.with(Roles::PATIENT), true, normal),
            none,
        ),
        (
            "analyst and another doctor, care team",
            viewer(Roles::ANALYST.with(Roles::DOCTOR), false, normal),
            Relation::CareTeam,
        ),
    ]
}

/// Everything that can be asked for.
pub fn resources(facts: PatientFacts) -> Vec<(&'static str, Resource)> {
    vec![
        ("identity", Resource::Identity(facts)),
        ("demographics", Resource::Demographics(facts)),
        ("confidentiality", Resource::Confidentiality(facts)),
        ("contact", Resource::Contact(facts)),
        ("coverage", Resource::Coverage(facts)),
        ("care team", Resource::CareTeam(facts)),
        ("appointment", Resource::Appointment(facts, DOCTOR)),
        ("visit reason", Resource::VisitReason(facts, DOCTOR)),
        (
            "waiting for the doctor",
            Resource::Waiting(facts, Some(DOCTOR)),
        ),
        (
            "waiting for any of a specialty",
            Resource::Waiting(facts, None),
        ),
        ("broken glass", Resource::BreakGlass(facts, DOCTOR)),
        ("log of broken glass", Resource::BreakGlassLog(facts)),
        (
            "conditions, allergies, immunizations",
            Resource::Clinical(facts),
        ),
        ("ordered medications", Resource::Medications(facts)),
        (
            "medications taken, on the patient's word",
            Resource::MedicationIntake(facts, RecordSource::Patient),
        ),
        (
            "medications taken, on the clinic's word",
            Resource::MedicationIntake(facts, RecordSource::Clinic),
        ),
        (
            "vital signs, on the patient's word",
            Resource::Vitals(facts, RecordSource::Patient),
        ),
        (
            "vital signs, on the clinic's word",
            Resource::Vitals(facts, RecordSource::Clinic),
        ),
        ("alerts on vital signs", Resource::Alerts(facts)),
        (
            "what a patient asks for, of who they are",
            Resource::Proposal(facts, Asked::Demographics),
        ),
        (
            "what a patient asks for, of conditions, allergies, immunizations",
            Resource::Proposal(facts, Asked::Clinical),
        ),
        (
            "what a patient asks for, of medications taken",
            Resource::Proposal(facts, Asked::Medication),
        ),
        (
            "somebody's draft of a note",
            Resource::VisitRecord(facts, None, Stage::Draft),
        ),
        (
            "one's own draft of a note",
            Resource::VisitRecord(facts, Some(USER), Stage::Draft),
        ),
        (
            "somebody's part of a visit",
            Resource::VisitRecord(facts, None, Stage::Kept),
        ),
        (
            "one's own part of a visit",
            Resource::VisitRecord(facts, Some(USER), Stage::Kept),
        ),
        (
            "somebody's part of a visit, shared",
            Resource::VisitRecord(facts, None, Stage::Shared),
        ),
        (
            "one's own part of a visit, shared",
            Resource::VisitRecord(facts, Some(USER), Stage::Shared),
        ),
        ("whole record, to take away", Resource::WholeRecord(facts)),
        (
            "that there is a file",
            Resource::Document(facts, Stage::Kept),
        ),
        (
            "that there is a file, shared",
            Resource::Document(facts, Stage::Shared),
        ),
        (
            "what a file says",
            Resource::DocumentContent(facts, Stage::Kept),
        ),
        (
            "what a file says, shared",
            Resource::DocumentContent(facts, Stage::Shared),
        ),
        (
            "justification of broken glass",
            Resource::BreakGlassJustification(DOCTOR),
        ),
        ("review of broken glass", Resource::BreakGlassReview(USER)),
        ("doctor's schedule", Resource::DoctorSchedule(DOCTOR)),
        ("doctor's absence", Resource::Absence(DOCTOR)),
        ("list of patients", Resource::PatientList),
        ("directory", Resource::Directory),
        ("account", Resource::Account(USER)),
        (
            "e-mail address of a patient's account",
            Resource::AccountEmail(USER, Roles::PATIENT),
        ),
        (
            "e-mail address of a colleague's account",
            Resource::AccountEmail(USER, Roles::ANALYST),
        ),
        ("rights", Resource::Rights(USER)),
        ("sessions", Resource::Sessions(USER)),
        ("clinic", Resource::Clinic),
        ("log of who looked", Resource::AccessLog(facts)),
        ("audit", Resource::Audit),
    ]
}

fn ledger(name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../ledgers");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The whole matrix, to be read.
pub fn matrix() -> String {
    let mut text = String::new();
    for (record, confidentiality) in [
        ("", Confidentiality::Normal),
        (" (restricted record)", Confidentiality::Restricted),
        (" (very restricted record)", Confidentiality::VeryRestricted),
    ] {
        let names = resources(facts(Relation::None, confidentiality));
        for (at, (name, _)) in names.iter().enumerate() {
            if !record.is_empty() && at > 32 {
                continue;
            }
            writeln!(text, "{name}{record}").unwrap();
            for (who, viewer, relation) in everybody() {
                let facts = facts(relation, confidentiality);
                let resource = resources(facts)[at].1;
                let allowed: Vec<String> = Action::ALL
                    .iter()
                    .filter_map(|action| match decide(&viewer, *action, &resource) {
                        Decision::Allow { relationship, mask } => {
                            Some(format!("{action:?} as {relationship:?}, {mask:?} masked"))
                        }
                        Decision::Deny => None,
                    })
                    .map(|words| words.replace(", Nothing masked", ""))
                    .collect();
                let allowed = if allowed.is_empty() {
                    "-".to_owned()
                } else {
                    allowed.join("; ")
                };
                writeln!(text, "  {who}: {allowed}").unwrap();
            }
        }
    }
    text
}

/// Who may ask for which field, the whole table.
pub fn fields() -> String {
    let mut text = String::new();
    for (parent, field, rule) in Table::new().all() {
        let who = match rule {
            Rule::Public => "everybody".to_owned(),
            Rule::Proved => "signed in, or signing in".to_owned(),
            Rule::SignedIn => "signed in".to_owned(),
            Rule::Roles(roles) => {
                let all = [
                    (Roles::PATIENT, "patient"),
                    (Roles::DOCTOR, "doctor"),
                    (Roles::ADMIN, "administrator"),
                    (Roles::ANALYST, "analyst"),
                ];
                let named = all.into_iter().filter(|(role, _)| roles.any_of(*role));
                let named: Vec<_> = named.map(|(_, name)| name).collect();
                named.join(", ")
            }
        };
        writeln!(text, "{parent}.{field}: {who}").unwrap();
    }
    text
}

#[test]
fn the_policy_is_as_it_was_agreed() {
    ledger("policy", matrix());
}

#[test]
fn the_table_of_fields_is_as_it_was_agreed() {
    ledger("fields", fields());
}

#[test]
fn the_fields_that_anybody_may_ask_for_are_these() {
    let mut text = String::new();
    for (parent, field, rule) in Table::new().all() {
        if rule == Rule::Public {
            writeln!(text, "{parent}.{field}").unwrap();
        }
    }
    ledger("public_fields", text);
}
