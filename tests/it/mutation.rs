//! The test of the tests: turns each entry of the policy round, and each line of the table of fields, and expects to be
//! noticed: by the ledgers, by the second writing-down of the design (`oracle::cells`), and by the oracle through the door.
//! Run it by `scripts/mutate-policy.sh`, which builds with the feature that it needs.
#![expect(clippy::print_stdout, reason = "its score is what it is run for")]

mod design;

use crate::oracle::Watch;
use crate::policy::{Relation, facts, fields, matrix, resources, viewer};
use crate::support::{App, Backend};
use design::differences;
use entity::code::{Confidentiality, Roles};
use patient_tracker::access::fields::{Rule, Table};
use patient_tracker::access::mutation::{bend, bend_row};
use patient_tracker::access::{
    Action, Decision, Mask, PatientFacts, Relationship, Resource, Viewer, decide,
};
use std::collections::BTreeSet;
use std::sync::Mutex;

use Confidentiality::{Normal, Restricted, VeryRestricted};

/// One policy for the whole process: one at a time bends it.
static ALONE: Mutex<()> = Mutex::new(());

/// An entry: of what, what is done, and who does it.
type Entry = (String, Action, String);

/// The kind of a thing, as it calls itself.
fn kind(resource: &Resource) -> String {
    let name = format!("{resource:?}");
    name.split('(').next().unwrap_or_default().to_owned()
}

/// The patient whom it is about, and how the viewer is related, if it is about one.
fn related(resource: &Resource) -> Option<PatientFacts> {
    match resource {
        Resource::Identity(facts)
        | Resource::Demographics(facts)
        | Resource::Confidentiality(facts)
        | Resource::Contact(facts)
        | Resource::Coverage(facts)
        | Resource::CareTeam(facts)
        | Resource::Appointment(facts, _)
        | Resource::VisitReason(facts, _)
        | Resource::Waiting(facts, _)
        | Resource::BreakGlass(facts, _)
        | Resource::BreakGlassLog(facts)
        | Resource::Clinical(facts)
        | Resource::Medications(facts)
        | Resource::MedicationIntake(facts, _)
        | Resource::Vitals(facts, _)
        | Resource::VisitRecord(facts, ..)
        | Resource::Document(facts, _)
        | Resource::DocumentContent(facts, _)
        | Resource::Proposal(facts, _)
        | Resource::WholeRecord(facts)
        | Resource::Alerts(facts) => Some(*facts),
        _ => None,
    }
}

/// Whether it is theirs: their record, their schedule, their account.
fn is_own(viewer: &Viewer, resource: &Resource) -> bool {
    let Some(actor) = viewer.actor() else {
        return false;
    };
    match resource {
        Resource::Appointment(facts, doctor)
        | Resource::VisitReason(facts, doctor)
        | Resource::BreakGlass(facts, doctor) => {
            actor.patient == Some(facts.patient) || actor.doctor == Some(*doctor)
        }
        Resource::VisitRecord(facts, Some(user), _) => {
            actor.patient == Some(facts.patient) || actor.user == *user
        }
        Resource::Waiting(facts, doctor) => {
            actor.patient == Some(facts.patient)
                || doctor.is_some_and(|one| actor.doctor == Some(one))
        }
        Resource::DoctorSchedule(doctor)
        | Resource::Absence(doctor)
        | Resource::BreakGlassJustification(doctor) => actor.doctor == Some(*doctor),
        Resource::Account(user)
        | Resource::AccountEmail(user, _)
        | Resource::Rights(user)
        | Resource::BreakGlassReview(user)
        | Resource::Sessions(user) => actor.user == *user,
        other => related(other).is_some_and(|facts| actor.patient == Some(facts.patient)),
    }
}

/// Who it is that asks, in words that do not come from the policy.
fn subject(viewer: &Viewer, resource: &Resource) -> String {
    let Some(actor) = viewer.actor() else {
        return "nobody".to_owned();
    };
    let mut words = vec![match actor.roles {
        Roles::PATIENT => "patient",
        Roles::DOCTOR => "doctor",
        Roles::ADMIN => "administrator",
        Roles::ANALYST => "analyst",
        Roles::NONE => "without a role",
        _ => "of two roles",
    }];
    words.push(if is_own(viewer, resource) {
        "own"
    } else {
        "other"
    });
    if let (Roles::DOCTOR, Some(facts)) = (actor.roles, related(resource)) {
        words.push(
            match (
                facts.care_team,
                facts.appointment,
                facts.break_glass.is_some(),
            ) {
                (true, ..) => "in the care team",
                (_, true, _) => "by appointment",
                (.., true) => "by broken glass",
                _ => "without a relation",
            },
        );
        let cleared = facts.confidentiality <= actor.clearance;
        words.push(if cleared { "cleared" } else { "not cleared" });
    }
    words.join(", ")
}

/// Everybody of one role, related in every way, to everything.
fn universe() -> Vec<(Viewer, Resource)> {
    let mut all = Vec::new();
    for level in [Normal, Restricted, VeryRestricted] {
        for relation in [
            Relation::None,
            Relation::CareTeam,
            Relation::Appointment,
            Relation::BreakGlass,
        ] {
            for (_, resource) in resources(facts(relation, level)) {
                all.push((Viewer::anonymous(), resource));
                for roles in [
                    Roles::NONE,
                    Roles::PATIENT,
                    Roles::DOCTOR,
                    Roles::ADMIN,
                    Roles::ANALYST,
                ] {
                    for own in [false, true] {
                        for clearance in [Normal, Restricted] {
                            let related = relation != Relation::None;
                            if !related || roles == Roles::DOCTOR {
                                all.push((viewer(roles, own, clearance), resource));
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

/// Every entry that there is somebody for.
fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    let mut known = BTreeSet::new();
    for (viewer, resource) in universe() {
        for action in Action::ALL {
            let entry = (kind(&resource), action, subject(&viewer, &resource));
            if known.insert(entry.clone()) {
                all.push(entry);
            }
        }
    }
    all
}

/// Turns an entry round.
fn turn(entry: Entry) {
    bend(Some(Box::new(move |viewer, action, resource, decision| {
        let is_it =
            action == entry.1 && kind(resource) == entry.0 && subject(viewer, resource) == entry.2;
        match decision {
            decision if !is_it => decision,
            Decision::Allow { .. } => Decision::Deny,
            Decision::Deny => Decision::Allow {
                relationship: Relationship::Public,
                mask: Mask::Nothing,
            },
        }
    })));
}

/// Takes the masks of an entry away.
fn unmask(entry: Entry) {
    bend(Some(Box::new(move |viewer, action, resource, decision| {
        let is_it =
            action == entry.1 && kind(resource) == entry.0 && subject(viewer, resource) == entry.2;
        match decision {
            Decision::Allow { relationship, .. } if is_it => Decision::Allow {
                relationship,
                mask: Mask::Nothing,
            },
            decision => decision,
        }
    })));
}

/// Whether the policy answers somebody otherwise than masked.
fn is_masked(entry: &Entry) -> bool {
    universe().iter().any(|(viewer, resource)| {
        kind(resource) == entry.0
            && subject(viewer, resource) == entry.2
            && decide(viewer, entry.1, resource).mask() == Some(Mask::Contact)
    })
}

#[test]
fn every_entry_of_the_policy_that_is_turned_round_is_noticed() {
    let _alone = ALONE.lock();
    bend(None);
    assert_eq!(differences(), Vec::<String>::new());
    let straight = matrix();
    let (mut unnoticed, mut by_design, mut masks) = (Vec::new(), 0, 0);
    let entries = entries();
    for entry in &entries {
        bend(None);
        let is_masked = is_masked(entry);
        let mut ways: Vec<fn(Entry)> = vec![turn];
        if is_masked {
            ways.push(unmask);
            masks += 1;
        }
        for way in ways {
            way(entry.clone());
            if matrix() == straight {
                unnoticed.push(entry.clone());
            }
            by_design += usize::from(!differences().is_empty());
        }
    }
    bend(None);
    let (all, noticed) = (
        entries.len() + masks,
        entries.len() + masks - unnoticed.len(),
    );
    println!(
        "policy: {noticed} of {all} noticed by the ledger, {by_design} by the design's cells too"
    );
    assert_eq!(unnoticed, Vec::new());
}

#[test]
fn every_line_of_the_table_of_fields_that_is_changed_is_noticed() {
    let _alone = ALONE.lock();
    bend_row(None);
    let straight = fields();
    let rules = [
        None,
        Some(Rule::Public),
        Some(Rule::Proved),
        Some(Rule::SignedIn),
        Some(Rule::Roles(Roles::NONE)),
        Some(Rule::Roles(Roles::ANALYST)),
        Some(Rule::Roles(Roles::ADMIN)),
    ];
    let (mut all, mut unnoticed) = (0, Vec::new());
    for (parent, field, rule) in Table::new().all() {
        for other in rules.into_iter().filter(|other| *other != Some(rule)) {
            bend_row(Some((parent.to_owned(), field.to_owned(), other)));
            all += 1;
            if fields() == straight {
                unnoticed.push((parent, field, other));
            }
        }
    }
    bend_row(None);
    println!("fields: {} of {all} noticed", all - unnoticed.len());
    assert_eq!(unnoticed, Vec::new());
}

/// What the door shows of a record by itself…
const BY_ITSELF: &[&str] = &["Identity", "Coverage", "CareTeam", "Appointment"];
/// …and what it shows of what is seen.
const BELOW: &[&str] = &["Demographics", "Contact", "VisitReason"];

/// Whether a look through the door comes as far as this entry. Nobody in particular, analysts and whoever has no role are
/// turned away before the policy is asked; what lies below something is not asked of whoever does not see that.
fn is_looked_at((kind, action, subject): &Entry) -> bool {
    let comes_in = subject.starts_with("patient") || subject.starts_with("doctor");
    let comes_in = comes_in || subject == "administrator, other";
    let sees = match kind.as_str() {
        "VisitReason" => subject.contains("own") || subject.contains("care team"),
        _ => subject != "patient, other",
    };
    let below = BELOW.contains(&kind.as_str()) && sees && !subject.contains("not cleared");
    *action == Action::Read && comes_in && (below || BY_ITSELF.contains(&kind.as_str()))
}

async fn watched(app: App) {
    let watch = Watch::over(&app).await;
    assert_eq!(watch.notices(&app, 500).await, None, "nothing is bent yet");
    let (mut all, mut noticed) = (0, 0);
    let mut blind: BTreeSet<_> = BY_ITSELF.iter().chain(BELOW).copied().collect();
    for entry in entries().into_iter().filter(is_looked_at) {
        bend(None);
        let mut ways: Vec<fn(Entry)> = vec![turn];
        if is_masked(&entry) {
            ways.push(unmask);
        }
        for way in ways {
            way(entry.clone());
            let after = watch.notices(&app, LOOKS).await;
            println!("{entry:?}: {after:?}");
            all += 1;
            noticed += usize::from(after.is_some());
            if after.is_some() {
                blind.remove(entry.0.as_str());
            }
        }
    }
    bend(None);
    // Some of them hardly anybody of this world stands in: the cells above are held against each, the door against most.
    println!("oracle: {noticed} of {all} noticed through the door within {LOOKS} looks");
    assert_eq!(blind, BTreeSet::new());
}

/// So many looks at most for each bent entry.
const LOOKS: usize = 1_500;

#[test]
fn the_oracle_notices_through_the_door_what_is_bent() {
    let _alone = ALONE.lock();
    crate::support::run_with(Backend::Sqlite, crate::oracle::ROOMY, watched);
}
