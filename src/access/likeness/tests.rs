use super::Likeness;
use crate::access::{
    Action, Actor, Asked, Begun, BrokenGlass, Decision, PatientFacts, Relationship, Resource,
    Stage, Viewer, decide, look,
};
use chrono::DateTime;
use entity::code::{BreakGlassReason, Confidentiality, Roles};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId, UserId};
use proptest::prelude::*;
use uuid::Uuid;

/// So many patients, doctors and accounts there are.
const THERE: u128 = 3;
const LEVELS: [Confidentiality; 3] = [
    Confidentiality::Normal,
    Confidentiality::Restricted,
    Confidentiality::VeryRestricted,
];

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number + 1)
}

/// Somebody: who they are, and how they are related to each patient.
#[derive(Clone, Debug)]
struct Somebody {
    actor: Actor,
    related: [[bool; 3]; THERE as usize],
}

impl Somebody {
    fn facts(&self, patient: u128, level: usize) -> PatientFacts {
        let [care_team, appointment, glass] = self.related[usize::try_from(patient).unwrap()];
        PatientFacts {
            care_team,
            appointment,
            break_glass: glass.then_some(BrokenGlass {
                grant: BreakGlassGrantId(self.actor.session.0),
                reason: BreakGlassReason::EmergencyTreatment,
            }),
            ..PatientFacts::unrelated(PatientId(id(patient)), LEVELS[level])
        }
    }

    fn viewer(&self) -> Viewer {
        Viewer::of(self.actor.clone()).begun(Begun {
            operation: "patientChanged".into(),
            fields: "".into(),
            request_id: "".into(),
            address: None,
        })
    }

    fn is_like(&self, likeness: &Likeness) -> bool {
        let mut patients = (0..THERE).filter(|at| likeness.related().any(|one| one.0 == id(*at)));
        self.viewer().is_like(likeness)
            && patients.all(|at| likeness.is_related_as(&self.facts(at, 0)))
    }
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let roles = proptest::sample::subsequence(
        vec![Roles::PATIENT, Roles::DOCTOR, Roles::ADMIN, Roles::ANALYST],
        0..=3,
    );
    let own = || prop::option::of(0..THERE);
    (
        (0..THERE, roles, 0..3_usize, own(), own()),
        any::<[[bool; 3]; 3]>(),
        any::<u64>(),
    )
        .prop_map(
            |((user, roles, level, patient, doctor), related, session)| Somebody {
                actor: Actor {
                    user: UserId(id(user)),
                    session: SessionId(id(u128::from(session))),
                    roles: roles.into_iter().fold(Roles::NONE, Roles::with),
                    clearance: LEVELS[level],
                    patient: patient.map(|at| PatientId(id(at))),
                    doctor: doctor.map(|at| DoctorId(id(at))),
                    expires_at: DateTime::UNIX_EPOCH,
                },
                related,
            },
        )
}

/// Somebody, and another who has most of it in common with them.
fn two() -> impl Strategy<Value = (Somebody, Somebody)> {
    (somebody(), somebody(), any::<u8>()).prop_map(|(one, other, same)| {
        let mut second = one.clone();
        let differs = |bit: u8| same & (1 << bit) == 0 && same & 0b1000_0000 == 0;
        second.actor.session = other.actor.session;
        second.actor.user = other.actor.user;
        if differs(0) {
            second.actor.roles = other.actor.roles;
        }
        if differs(1) {
            second.actor.clearance = other.actor.clearance;
        }
        if differs(2) {
            second.actor.patient = other.actor.patient;
        }
        if differs(3) {
            second.actor.doctor = other.actor.doctor;
        }
        if differs(4) {
            second.related = other.related;
        }
        (one, second)
    })
}

/// A question: about which resource, patient, of which level, doctor and account, to do what.
type Question = (usize, u128, usize, u128, u128, usize);

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let one = (
        0..RESOURCES,
        0..THERE,
        0..3_usize,
        0..THERE,
        0..THERE,
        0..Action::ALL.len(),
    );
    prop::collection::vec(one, 1..6)
}

const RESOURCES: usize = 28;

fn asked(who: &Somebody, question: Question) -> (Action, Resource) {
    let (kind, patient, level, doctor, user, action) = question;
    let facts = who.facts(patient, level);
    let (doctor, user) = (DoctorId(id(doctor)), UserId(id(user)));
    let resource = match kind {
        0 => Resource::Identity(facts),
        1 => Resource::Demographics(facts),
        2 => Resource::Confidentiality(facts),
        3 => Resource::Contact(facts),
        4 => Resource::Coverage(facts),
        5 => Resource::CareTeam(facts),
        6 => Resource::BreakGlass(facts, doctor),
        7 => Resource::BreakGlassLog(facts),
        8 => Resource::BreakGlassJustification(doctor),
        9 => Resource::BreakGlassReview(user),
        10 => Resource::Appointment(facts, doctor),
        11 => Resource::VisitReason(facts, doctor),
        12 => Resource::DoctorSchedule(doctor),
        13 => Resource::PatientList,
        14 => Resource::Directory,
        15 => Resource::Account(user),
        16 => Resource::AccountEmail(user, Roles::PATIENT),
        17 => Resource::Rights(user),
        18 => Resource::Sessions(user),
        19 => Resource::Clinic,
        20 => Resource::VisitRecord(facts, Some(user), Stage::Draft),
        21 => Resource::VisitRecord(facts, Some(user), Stage::Shared),
        22 => Resource::Alerts(facts),
        23 => Resource::Proposal(facts, Asked::Demographics),
        24 => Resource::Proposal(facts, Asked::Clinical),
        25 => Resource::Document(facts, Stage::Kept),
        26 => Resource::DocumentContent(facts, Stage::Shared),
        _ => Resource::AccessLog(facts),
    };
    (Action::ALL[action], resource)
}

/// What somebody is answered, and who is alike.
fn answered(who: &Somebody, questions: &[Question]) -> (Vec<Decision>, Option<Likeness>) {
    let viewer = who.viewer();
    viewer.record();
    let answers = questions.iter().map(|question| {
        let (action, resource) = asked(who, *question);
        let _noted = viewer.found(who.facts(question.1, question.2));
        decide(&viewer, action, &resource)
    });
    (answers.collect(), viewer.recorded())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whoever_is_alike_is_answered_alike((one, other) in two(), questions in questions()) {
        let (answers, likeness) = answered(&one, &questions);
        let likeness = likeness.expect("the policy was all that was asked");
        prop_assert!(one.is_like(&likeness));
        if other.is_like(&likeness) {
            prop_assert_eq!(answers, answered(&other, &questions).0);
        }
    }
}

fn doctor() -> Somebody {
    Somebody {
        actor: Actor {
            user: UserId(id(0)),
            session: SessionId(id(7)),
            roles: Roles::DOCTOR,
            clearance: Confidentiality::Restricted,
            patient: None,
            doctor: Some(DoctorId(id(0))),
            expires_at: DateTime::UNIX_EPOCH,
        },
        related: [[true, false, false], [false; 3], [false; 3]],
    }
}

/// Each part of the likeness is needed: without it two would be alike whom the policy answers differently.
#[test]
fn each_difference_that_the_policy_makes_is_one_of_the_likeness() {
    let demographics = vec![(1, 0, 1, 0, 0, 0)];
    let reason_of_a_stranger = vec![(11, 1, 0, 0, 0, 0)];
    let own_record = vec![(1, 2, 0, 0, 0, 0)];
    let account = vec![(15, 0, 0, 0, 0, 0)];
    let mut uncleared = doctor();
    uncleared.actor.clearance = Confidentiality::Normal;
    let mut unrelated = doctor();
    unrelated.related[0] = [false; 3];
    let mut another = doctor();
    another.actor.doctor = Some(DoctorId(id(1)));
    let mut patient = doctor();
    patient.actor.roles = Roles::DOCTOR.with(Roles::PATIENT);
    let mut of_another_record = patient.clone();
    patient.actor.patient = Some(PatientId(id(2)));
    of_another_record.actor.patient = Some(PatientId(id(1)));
    let mut other_account = doctor();
    other_account.actor.user = UserId(id(1));
    let mut administrator = doctor();
    administrator.actor.roles = Roles::ADMIN;
    for (one, other, questions) in [
        (doctor(), uncleared, &demographics),
        (doctor(), unrelated, &demographics),
        (doctor(), administrator, &demographics),
        (doctor(), another, &reason_of_a_stranger),
        (patient, of_another_record, &own_record),
        (doctor(), other_account, &account),
    ] {
        let (answers, likeness) = answered(&one, questions);
        assert_ne!(answers, answered(&other, questions).0, "{questions:?}");
        assert!(!other.is_like(&likeness.unwrap()), "{questions:?}");
    }
}

#[test]
fn what_is_made_of_the_actor_itself_is_for_nobody_else() {
    let viewer = doctor().viewer();
    for takes in [
        |viewer: &Viewer| viewer.actor().is_some(),
        |viewer: &Viewer| viewer.signed_in().is_ok(),
    ] {
        viewer.record();
        assert!(takes(&viewer));
        assert!(viewer.recorded().is_none());
        // Before and after is no matter.
        assert!(takes(&viewer));
        viewer.record();
        assert!(viewer.recorded().is_some());
    }
}

#[test]
fn whoever_is_given_an_answer_has_looked_through_their_own_broken_glass() {
    let mut one = doctor();
    one.related[0] = [false, false, true];
    let mut other = one.clone();
    other.actor.session = SessionId(id(9));
    let (first, second) = (one.viewer(), other.viewer());
    first.record();
    let _noted = first.found(one.facts(0, 0));
    let seen = look(
        &first,
        Action::Read,
        &Resource::Demographics(one.facts(0, 0)),
    );
    let likeness = first.recorded().unwrap();
    assert!(other.is_like(&likeness));
    second.given(&likeness, |_| other.facts(0, 0).break_glass);
    let looks = |viewer: &Viewer| viewer.trail().unwrap().take();
    let (firsts, seconds) = (looks(&first), looks(&second));
    assert!(seen.is_allowed());
    assert_eq!(seconds.len(), 1);
    assert_eq!(seconds[0].relationship, Some(Relationship::BreakGlass));
    assert_eq!(seconds[0].kinds, firsts[0].kinds);
    assert_eq!(seconds[0].broken_glass, other.facts(0, 0).break_glass);
    assert_ne!(seconds[0].broken_glass, firsts[0].broken_glass);
}
