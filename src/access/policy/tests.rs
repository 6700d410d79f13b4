//! What holds of every decision, whoever asks for whatever.

use super::*;
use crate::access::{Asked, BrokenGlass, Stage};
use chrono::DateTime;
use entity::code::{BreakGlassReason, Confidentiality, RecordSource};
use entity::id::{BreakGlassGrantId, PatientId, SessionId, UserId};
use proptest::prelude::*;
use uuid::Uuid;

const LEVELS: [Confidentiality; 3] = [
    Confidentiality::Normal,
    Confidentiality::Restricted,
    Confidentiality::VeryRestricted,
];

prop_compose! {
    fn any_viewer()(roles in 0_i32..16, level in 0_usize..3, own in proptest::arbitrary::any::<[bool; 2]>()) -> Viewer {
        let id = |own: bool| Uuid::from_u128(if own { 1 } else { 2 });
        Viewer::of(Actor {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::nil()),
            roles: Roles(roles),
            clearance: LEVELS[level],
            patient: Some(PatientId(id(own[0]))),
            doctor: Some(DoctorId(id(own[1]))),
            expires_at: DateTime::UNIX_EPOCH,
        })
    }
}

prop_compose! {
    fn any_facts()(level in 0_usize..3, related in proptest::arbitrary::any::<[bool; 2]>()) -> PatientFacts {
        PatientFacts {
            care_team: related[0],
            appointment: related[1],
            ..PatientFacts::unrelated(PatientId(Uuid::from_u128(1)), LEVELS[level])
        }
    }
}

fn about(facts: PatientFacts) -> [Resource; 28] {
    let doctor = DoctorId(Uuid::from_u128(1));
    [
        Resource::Identity(facts),
        Resource::Demographics(facts),
        Resource::Confidentiality(facts),
        Resource::Contact(facts),
        Resource::Coverage(facts),
        Resource::CareTeam(facts),
        Resource::Proposal(facts, Asked::Demographics),
        Resource::Appointment(facts, doctor),
        Resource::VisitReason(facts, doctor),
        Resource::BreakGlass(facts, doctor),
        Resource::Document(facts, Stage::Kept),
        Resource::Document(facts, Stage::Shared),
        Resource::DocumentContent(facts, Stage::Kept),
        Resource::DocumentContent(facts, Stage::Shared),
        Resource::Clinical(facts),
        Resource::Medications(facts),
        Resource::MedicationIntake(facts, RecordSource::Patient),
        Resource::MedicationIntake(facts, RecordSource::Clinic),
        Resource::Vitals(facts, RecordSource::Patient),
        Resource::Vitals(facts, RecordSource::Clinic),
        Resource::VisitRecord(facts, None, Stage::Draft),
        Resource::VisitRecord(facts, Some(UserId(Uuid::from_u128(1))), Stage::Draft),
        Resource::VisitRecord(facts, Some(UserId(Uuid::from_u128(1))), Stage::Kept),
        Resource::VisitRecord(facts, None, Stage::Kept),
        Resource::VisitRecord(facts, None, Stage::Shared),
        Resource::Alerts(facts),
        Resource::Proposal(facts, Asked::Clinical),
        Resource::Proposal(facts, Asked::Medication),
    ]
}

/// What changes when the glass is broken: before and after.
fn changes(viewer: &Viewer, facts: PatientFacts) -> Vec<(Action, Resource, Decision, Decision)> {
    let broken = PatientFacts {
        break_glass: Some(BrokenGlass {
            grant: BreakGlassGrantId(Uuid::from_u128(5)),
            reason: BreakGlassReason::Disaster,
        }),
        ..facts
    };
    let mut changes = Vec::new();
    for (before, after) in about(facts).iter().zip(about(broken)) {
        for action in Action::ALL {
            let decisions = (
                decide(viewer, action, before),
                decide(viewer, action, &after),
            );
            if decisions.0 != decisions.1 {
                changes.push((action, after, decisions.0, decisions.1));
            }
        }
    }
    changes
}

proptest! {
    #[test]
    fn broken_glass_opens_for_reading_for_vital_signs_and_for_addenda_and_takes_nothing_away(
        viewer in any_viewer(), facts in any_facts()
    ) {
        for (action, resource, _, after) in changes(&viewer, facts) {
            let is_vital = matches!(resource, Resource::Vitals(..));
            let is_added = action == Action::Amend;
            prop_assert!(action == Action::Read || is_vital || is_added, "{action:?} {resource:?}");
            let (through, whole) = match after {
                Decision::Allow { relationship, mask } => (relationship, mask == Mask::Nothing),
                Decision::Deny => return Err(TestCaseError::fail("it takes away")),
            };
            prop_assert_eq!(through, Relationship::BreakGlass);
            prop_assert!(whole && !matches!(resource, Resource::Coverage(_)));
        }
    }

    #[test]
    fn broken_glass_is_for_doctors_and_within_reach(viewer in any_viewer(), facts in any_facts()) {
        let reached = facts.confidentiality != Confidentiality::VeryRestricted
            || viewer.actor().is_some_and(|actor| actor.clearance == Confidentiality::VeryRestricted);
        if !viewer.is(Roles::DOCTOR) || !reached {
            prop_assert!(changes(&viewer, facts).is_empty());
        }
    }

    #[test]
    fn a_relation_takes_nothing_away(viewer in any_viewer(), facts in any_facts()) {
        let alone = PatientFacts::unrelated(facts.patient, facts.confidentiality);
        for (with, without) in about(facts).iter().zip(about(alone)) {
            for action in Action::ALL {
                let kept = !decide(&viewer, action, &without).is_allowed()
                    || decide(&viewer, action, with).is_allowed();
                prop_assert!(kept, "{action:?} {with:?}");
            }
        }
    }

    #[test]
    fn nobody_speaks_for_the_patient_and_the_patient_for_nobody_else(viewer in any_viewer(), facts in any_facts()) {
        let is_theirs = viewer.is(Roles::PATIENT) && viewer.actor().and_then(|actor| actor.patient) == Some(facts.patient);
        let word: [fn(PatientFacts, RecordSource) -> Resource; 2] = [Resource::MedicationIntake, Resource::Vitals];
        for resource in word {
            let create = |source| decide(&viewer, Action::Create, &resource(facts, source));
            prop_assert_eq!(create(RecordSource::Patient).is_allowed(), is_theirs);
            let through = |decision| match decision {
                Decision::Allow { relationship, .. } => Some(relationship),
                Decision::Deny => None,
            };
            prop_assert_ne!(through(create(RecordSource::Clinic)), Some(Relationship::OneSelf));
            let update = decide(&viewer, Action::Update, &resource(facts, RecordSource::Clinic));
            prop_assert_ne!(through(update), Some(Relationship::OneSelf));
        }
    }

    #[test]
    fn nobody_decides_on_what_is_asked_for_in_their_own_record(viewer in any_viewer(), facts in any_facts()) {
        let is_own = viewer.actor().and_then(|actor| actor.patient) == Some(facts.patient);
        for of in Asked::ALL {
            let resource = Resource::Proposal(facts, of);
            let decides = decide(&viewer, Action::Accept, &resource).is_allowed();
            prop_assert!(!decides || !is_own);
            // Whoever decides reads it, and asks for nothing.
            prop_assert!(!decides || decide(&viewer, Action::Read, &resource).is_allowed());
            prop_assert!(!decides || !decide(&viewer, Action::Create, &resource).is_allowed());
        }
    }

    #[test]
    fn a_patient_reads_of_visits_what_is_shared_and_a_draft_is_its_authors_and_the_teams(
        viewer in any_viewer(), facts in any_facts(), own in proptest::arbitrary::any::<bool>()
    ) {
        let author = Some(UserId(Uuid::from_u128(if own { 1 } else { 2 })));
        let through = |action, stage| match decide(&viewer, action, &Resource::VisitRecord(facts, author, stage)) {
            Decision::Allow { relationship, .. } => Some(relationship),
            Decision::Deny => None,
        };
        for action in Action::ALL {
            for stage in Stage::ALL {
                let is_patient = through(action, stage) == Some(Relationship::OneSelf);
                prop_assert!(!is_patient || (action, stage) == (Action::Read, Stage::Shared));
            }
        }
        let team = Some(Relationship::CareTeam);
        prop_assert!(own || [None, team].contains(&through(Action::Read, Stage::Draft)));
        for stage in Stage::ALL {
            prop_assert!(own || through(Action::Sign, stage).is_none());
            prop_assert!(own || [None, team].contains(&through(Action::Update, stage)));
            prop_assert!(own || [None, team].contains(&through(Action::Share, stage)));
        }
    }

    #[test]
    fn a_patient_reads_of_documents_what_is_shared_and_does_nothing_but_bring_some(viewer in any_viewer(), facts in any_facts()) {
        let through = |action, resource: &Resource| match decide(&viewer, action, resource) {
            Decision::Allow { relationship, .. } => Some(relationship),
            Decision::Deny => None,
        };
        for action in Action::ALL {
            for stage in Stage::ALL {
                let known = through(action, &Resource::Document(facts, stage)) == Some(Relationship::OneSelf);
                let shared = (action, stage) == (Action::Read, Stage::Shared);
                prop_assert!(!known || shared || action == Action::Create);
                let said = through(action, &Resource::DocumentContent(facts, stage));
                prop_assert!(said != Some(Relationship::OneSelf) || shared);
                prop_assert_ne!(said, Some(Relationship::Administration));
                prop_assert!(said.is_none() || action == Action::Read);
            }
        }
    }

    #[test]
    fn an_administrator_is_no_clinician(facts in any_facts(), level in 0_usize..3) {
        let admin = Viewer::of(Actor {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::nil()),
            roles: Roles::ADMIN,
            clearance: LEVELS[level],
            patient: None,
            doctor: None,
            expires_at: DateTime::UNIX_EPOCH,
        });
        for resource in &about(facts)[12..] {
            for action in Action::ALL {
                prop_assert!(!decide(&admin, action, resource).is_allowed());
            }
        }
    }

    #[test]
    fn nobody_reviews_their_own(viewer in any_viewer()) {
        let own = Resource::BreakGlassReview(UserId(Uuid::from_u128(1)));
        prop_assert!(!decide(&viewer, Action::Update, &own).is_allowed());
    }
}
