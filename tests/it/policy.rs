//! The ledger of the policy: who may do what to what, through which relation. A change of it shows in review.

use chrono::DateTime;
use entity::code::{Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, SessionId, UserId};
use patient_tracker::access::{Action, Actor, Decision, PatientFacts, Resource, Viewer, decide};
use std::fmt::Write as _;
use uuid::Uuid;

const PATIENT: PatientId = PatientId(Uuid::from_u128(1));
const DOCTOR: DoctorId = DoctorId(Uuid::from_u128(2));
const USER: UserId = UserId(Uuid::from_u128(3));
const ANOTHER: u128 = 99;

/// Somebody of these roles; the patient, the doctor or the account asked about if `own`.
fn viewer(roles: Roles, own: bool, clearance: Confidentiality) -> Viewer {
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

fn facts(care_team: bool, appointment: bool, confidentiality: Confidentiality) -> PatientFacts {
    PatientFacts {
        care_team,
        appointment,
        ..PatientFacts::unrelated(PATIENT, confidentiality)
    }
}

/// Everybody there is, as `(words, viewer, relation to the patient)`.
fn everybody() -> Vec<(&'static str, Viewer, (bool, bool))> {
    let normal = Confidentiality::Normal;
    let none = (false, false);
    vec![
        ("nobody in particular", Viewer::anonymous(), none),
        ("without a role", viewer(Roles::NONE, true, normal), none),
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
            (true, false),
        ),
        (
            "another doctor, appointment",
            viewer(Roles::DOCTOR, false, normal),
            (false, true),
        ),
        ("administrator", viewer(Roles::ADMIN, false, normal), none),
        (
            "administrator, of themselves",
            viewer(Roles::ADMIN, true, normal),
            none,
        ),
        ("analyst", viewer(Roles::ANALYST, false, normal), none),
    ]
}

fn resources(facts: PatientFacts) -> Vec<(&'static str, Resource)> {
    vec![
        ("identity", Resource::Identity(facts)),
        ("demographics", Resource::Demographics(facts)),
        ("confidentiality", Resource::Confidentiality(facts)),
        ("contact", Resource::Contact(facts)),
        ("coverage", Resource::Coverage(facts)),
        ("care team", Resource::CareTeam(facts)),
        ("appointment", Resource::Appointment(facts, DOCTOR)),
        ("visit reason", Resource::VisitReason(facts, DOCTOR)),
        ("doctor's schedule", Resource::DoctorSchedule(DOCTOR)),
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

#[test]
fn the_policy_is_as_it_was_agreed() {
    let mut text = String::new();
    for (record, confidentiality) in [
        ("", Confidentiality::Normal),
        (" (restricted record)", Confidentiality::Restricted),
    ] {
        let names = resources(facts(false, false, confidentiality));
        for (at, (name, _)) in names.iter().enumerate() {
            if !record.is_empty() && at > 7 {
                continue;
            }
            writeln!(text, "{name}{record}").unwrap();
            for (who, viewer, (care_team, appointment)) in everybody() {
                let facts = facts(care_team, appointment, confidentiality);
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
    ledger("policy", text);
}

#[test]
fn the_fields_that_anybody_may_ask_for_are_these() {
    use patient_tracker::access::fields::{Rule, Table};
    let mut text = String::new();
    for (parent, field, rule) in Table::new().all() {
        if rule == Rule::Public {
            writeln!(text, "{parent}.{field}").unwrap();
        }
    }
    ledger("public_fields", text);
}
