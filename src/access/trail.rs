//! What is looked at and done while one request is answered: the audit's entries are made of it.
//!
//! Whoever decides finally notes the outcome here; nothing here decides, and nothing knows of the database. Noting is on
//! the way of every row that anybody sees, so it adds to a short list and to nothing else.

use super::kinds::Kinds;
use super::telling::Telling;
use super::{Action, Asked, BrokenGlass, Decision, PatientFacts, Relationship, Resource};
use entity::id::{DoctorId, PatientId, UserId};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What is the same for everything that one request looks at.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The root fields of the operation.
    pub operation: Arc<str>,
    /// The fields that it asks for or gives of people's data, by name.
    pub fields: Arc<str>,
    /// The request, as its answer names it.
    pub request_id: Arc<str>,
    /// From where it came.
    pub address: Option<IpAddr>,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// What the policy was asked about.
    Asked(Action),
    /// Proved with a password who they are.
    SignIn,
    /// Proved with a second factor, or with a code in its place, who they are.
    ProveFactor,
    /// Went on with a session.
    Refresh,
    /// Brought a refresh token that had been used; the session was ended.
    ReuseToken,
    /// Did something on the command line.
    Operate,
}

impl Act {
    /// Whether it would change something.
    #[must_use]
    pub fn writes(self) -> bool {
        self != Self::Asked(Action::Read)
    }
}

/// What it was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// A patient.
    Patient(PatientId),
    /// A doctor.
    Doctor(DoctorId),
    /// An account.
    User(UserId),
    /// The clinic as a whole.
    Clinic,
    /// The doctors, departments and visit types.
    Directory,
    /// The audit itself.
    Audit,
    /// Nothing in particular, or nothing that there is.
    Nothing,
}

/// One thing that was looked at, or tried, through one relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    /// What was done.
    pub act: Act,
    /// With which kinds of data.
    pub kinds: Kinds,
    /// About what.
    pub object: Object,
    /// Through what it was allowed; none when it was not.
    pub relationship: Option<Relationship>,
    /// The broken glass it was seen through, if it was.
    pub broken_glass: Option<BrokenGlass>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Whether it is durable, or on its way with a change.
    pub is_kept: bool,
}

/// What one request, or one delivery of a subscription, has looked at until now. Whoever answers shares it.
#[derive(Debug)]
pub struct Trail {
    begun: Begun,
    /// The live stream that it follows, once it does.
    stream: OnceLock<Arc<str>>,
    looks: Mutex<Vec<Look>>,
    telling: Arc<Telling>,
}

impl Trail {
    /// Nothing was looked at yet.
    #[must_use]
    pub fn new(begun: Begun) -> Self {
        Self {
            begun,
            stream: OnceLock::new(),
            looks: Mutex::default(),
            telling: Arc::default(),
        }
    }

    /// What else goes along with the viewer.
    pub(super) fn telling(&self) -> &Arc<Telling> {
        &self.telling
    }

    /// What is the same for all of it.
    #[must_use]
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// Notes that what is shown from now on is what this live stream tells of; the first stays.
    pub fn follows(&self, stream: &str) {
        self.stream.get_or_init(|| stream.into());
    }

    /// The live stream that it follows.
    #[must_use]
    pub fn stream(&self) -> Option<&Arc<str>> {
        self.stream.get()
    }

    /// Notes the outcome of a final decision. Reading what everybody who is signed in may read is not noted.
    pub(super) fn decided(&self, action: Action, resource: &Resource, decision: Decision) {
        let (kinds, object) = about(resource);
        let relationship = match decision {
            Decision::Allow { relationship, .. } => Some(relationship),
            Decision::Deny => None,
        };
        let everyday = matches!(resource, Resource::Directory | Resource::DoctorSchedule(_));
        if everyday && action == Action::Read && relationship.is_some() {
            return;
        }
        self.note(Look {
            act: Act::Asked(action),
            kinds,
            object,
            relationship,
            broken_glass: (relationship == Some(Relationship::BreakGlass))
                .then(|| facts(resource)?.break_glass)
                .flatten(),
            allowed: relationship.is_some(),
            is_kept: false,
        });
    }

    /// Notes an act.
    pub fn note(&self, look: Look) {
        self.telling.note(|recording| recording.noted(look));
        let mut looks = self.looks();
        let same = looks.iter_mut().rev().find(|known| {
            (known.object, known.relationship, known.allowed)
                == (look.object, look.relationship, look.allowed)
                && if known.is_kept {
                    // What a change has made durable names the answer's fields too.
                    !look.act.writes() && known.kinds.has(look.kinds)
                } else {
                    known.act == look.act
                }
        });
        match same {
            Some(known) if known.is_kept => {}
            Some(known) => known.kinds = known.kinds.with(look.kinds),
            None => looks.push(look),
        }
    }

    /// Takes everything that is not durable yet, for it to become so.
    #[must_use]
    pub fn take(&self) -> Vec<Look> {
        let taken = std::mem::take(&mut *self.looks());
        folded(taken.into_iter().filter(|look| !look.is_kept))
    }

    /// Marks everything as on its way with a change, and says what it is.
    #[must_use]
    pub fn lend(&self) -> Vec<Look> {
        let mut looks = self.looks();
        let lent = folded(looks.iter().copied().filter(|look| !look.is_kept));
        for look in looks.iter_mut() {
            look.is_kept = true;
        }
        lent
    }

    /// Takes back that these were on their way: the change was not made.
    pub fn give_back(&self, lent: Vec<Look>) {
        let mut looks = self.looks();
        looks.retain(|look| !lent.iter().any(|one| one.object == look.object));
        looks.extend(lent);
    }

    fn looks(&self) -> MutexGuard<'_, Vec<Look>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of these is recorded with a change: what was read of a thing that is changed, through the same relationship, goes
/// with the change.
#[must_use]
pub fn together(lent: &[Look]) -> Vec<Look> {
    let of = |look: &Look| (look.object, look.relationship, look.allowed);
    let (mut joined, reads): (Vec<Look>, Vec<Look>) =
        lent.iter().partition(|look| look.act.writes());
    for read in reads {
        match joined.iter_mut().find(|look| of(look) == of(&read)) {
            Some(look) => look.kinds = look.kinds.with(read.kinds),
            None => joined.push(read),
        }
    }
    joined
}

/// One look for what was seen as any doctor and, in the same request, through a relation of one's own.
fn folded(looks: impl Iterator<Item = Look>) -> Vec<Look> {
    let mut looks: Vec<Look> = looks.collect();
    let mut at = 0;
    while let Some(look) = looks.get(at).copied() {
        let closer = looks.iter_mut().find(|other| {
            (other.object, other.act, other.allowed) == (look.object, look.act, true)
                && matches!(
                    other.relationship,
                    Some(
                        Relationship::CareTeam
                            | Relationship::Appointment
                            | Relationship::BreakGlass
                    )
                )
        });
        match closer {
            Some(closer) if look.relationship == Some(Relationship::Clinician) => {
                closer.kinds = closer.kinds.with(look.kinds);
                looks.remove(at);
            }
            _ => at += 1,
        }
    }
    looks
}

/// How the viewer and the patient are related whom a resource is about.
fn facts(resource: &Resource) -> Option<&PatientFacts> {
    match resource {
        Resource::Identity(facts)
        | Resource::Demographics(facts)
        | Resource::Confidentiality(facts)
        | Resource::Contact(facts)
        | Resource::Coverage(facts)
        | Resource::CareTeam(facts)
        | Resource::BreakGlass(facts, _)
        | Resource::BreakGlassLog(facts)
        | Resource::Clinical(facts)
        | Resource::Medications(facts)
        | Resource::MedicationIntake(facts, _)
        | Resource::Vitals(facts, _)
        | Resource::VisitRecord(facts, ..)
        | Resource::Document(facts, _)
        | Resource::DocumentContent(facts, _)
        | Resource::Alerts(facts)
        | Resource::Proposal(facts, _)
        | Resource::Appointment(facts, _)
        | Resource::VisitReason(facts, _)
        | Resource::Waiting(facts, _)
        | Resource::WholeRecord(facts)
        | Resource::AccessLog(facts) => Some(facts),
        _ => None,
    }
}

/// What all that is kept of a patient is made of.
const WHOLE_RECORD: Kinds = Kinds::IDENTITY
    .with(Kinds::DEMOGRAPHICS)
    .with(Kinds::CONTACT)
    .with(Kinds::COVERAGE)
    .with(Kinds::CARE_TEAM)
    .with(Kinds::APPOINTMENT)
    .with(Kinds::VISIT_REASON)
    .with(Kinds::CLINICAL)
    .with(Kinds::MEDICATION)
    .with(Kinds::VITALS)
    .with(Kinds::VISIT_RECORD)
    .with(Kinds::DOCUMENT);

/// Which kind of data a resource is, and about what.
fn about(resource: &Resource) -> (Kinds, Object) {
    match resource {
        Resource::Identity(facts) => (Kinds::IDENTITY, Object::Patient(facts.patient)),
        Resource::Demographics(facts) | Resource::Confidentiality(facts) => {
            (Kinds::DEMOGRAPHICS, Object::Patient(facts.patient))
        }
        Resource::Proposal(facts, of) => {
            let kind = match of {
                Asked::Demographics => Kinds::DEMOGRAPHICS,
                Asked::Clinical => Kinds::CLINICAL,
                Asked::Medication => Kinds::MEDICATION,
            };
            (kind, Object::Patient(facts.patient))
        }
        Resource::Contact(facts) => (Kinds::CONTACT, Object::Patient(facts.patient)),
        Resource::Coverage(facts) => (Kinds::COVERAGE, Object::Patient(facts.patient)),
        Resource::CareTeam(facts) => (Kinds::CARE_TEAM, Object::Patient(facts.patient)),
        Resource::Appointment(facts, _) | Resource::Waiting(facts, _) => {
            (Kinds::APPOINTMENT, Object::Patient(facts.patient))
        }
        Resource::VisitReason(facts, _) => (Kinds::VISIT_REASON, Object::Patient(facts.patient)),
        Resource::Clinical(facts) => (Kinds::CLINICAL, Object::Patient(facts.patient)),
        Resource::Medications(facts) | Resource::MedicationIntake(facts, _) => {
            (Kinds::MEDICATION, Object::Patient(facts.patient))
        }
        Resource::VisitRecord(facts, ..) => (Kinds::VISIT_RECORD, Object::Patient(facts.patient)),
        Resource::Document(facts, _) | Resource::DocumentContent(facts, _) => {
            (Kinds::DOCUMENT, Object::Patient(facts.patient))
        }
        Resource::Vitals(facts, _) | Resource::Alerts(facts) => {
            (Kinds::VITALS, Object::Patient(facts.patient))
        }
        Resource::BreakGlass(facts, _) | Resource::BreakGlassLog(facts) => {
            (Kinds::BREAK_GLASS, Object::Patient(facts.patient))
        }
        Resource::BreakGlassJustification(doctor) => (Kinds::BREAK_GLASS, Object::Doctor(*doctor)),
        Resource::BreakGlassReview(user) => (Kinds::BREAK_GLASS, Object::User(*user)),
        Resource::WholeRecord(facts) => (WHOLE_RECORD, Object::Patient(facts.patient)),
        Resource::AccessLog(facts) => (Kinds::ACCESS_LOG, Object::Patient(facts.patient)),
        Resource::DoctorSchedule(doctor) | Resource::Absence(doctor) => {
            (Kinds::SCHEDULE, Object::Doctor(*doctor))
        }
        Resource::PatientList => (Kinds::PATIENT_LIST, Object::Clinic),
        Resource::Directory => (Kinds::DIRECTORY, Object::Directory),
        Resource::Account(user) | Resource::AccountEmail(user, _) => {
            (Kinds::ACCOUNT, Object::User(*user))
        }
        Resource::Rights(user) => (Kinds::RIGHTS, Object::User(*user)),
        Resource::Sessions(user) => (Kinds::SESSIONS, Object::User(*user)),
        Resource::Clinic => (Kinds::CLINIC, Object::Clinic),
        Resource::Audit => (Kinds::AUDIT, Object::Audit),
    }
}
