//! The clinic as the oracle knows it: plain data, kept beside the database and never read through the code under test.

use super::alerts::Alert;
use super::chart::{self, Entry};
use super::documents::File;
use super::proposals::Proposal;
use super::waits::Wait;
use crate::support::Person;
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::{
    AppointmentStatus, CareTeamRole, Confidentiality, RecordKind, Roles, UserStatus,
};
use serde_json::Value;
use uuid::Uuid;

/// Everything there is.
pub struct World {
    /// Who signs in.
    pub accounts: Vec<Account>,
    /// Whose records are kept.
    pub patients: Vec<Patient>,
    /// The directory.
    pub doctors: Vec<Doctor>,
    /// Who is in whose care team, was, or will be.
    pub members: Vec<Member>,
    /// What is agreed, asked for, past or called off.
    pub appointments: Vec<Appointment>,
    /// What was booked by a rule.
    pub series: Vec<Series>,
    /// Who has broken the glass, whose, and until when.
    pub grants: Vec<Grant>,
    /// What stands in the charts.
    pub entries: Vec<Entry>,
    /// Who waits for a time.
    pub waits: Vec<Wait>,
    /// What readings have raised.
    pub alerts: Vec<Alert>,
    /// What patients ask to have changed.
    pub proposals: Vec<Proposal>,
    /// What files there are.
    pub files: Vec<File>,
    /// The kinds of visits.
    pub kinds: Vec<VisitKind>,
}

/// One who signs in.
pub struct Account {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub status: UserStatus,
    pub roles: Roles,
    pub clearance: Confidentiality,
    pub version: i32,
    /// Which record is theirs, by its place in the list.
    pub patient: Option<usize>,
    /// Which entry of the directory is theirs.
    pub doctor: Option<usize>,
    /// Whether they have a second factor, and have shown it moments ago.
    pub proved: bool,
    pub person: Person,
    /// The id of that session.
    pub session: String,
}

/// A record.
pub struct Patient {
    pub id: Uuid,
    pub mrn: String,
    pub given: String,
    pub family: String,
    pub birth_date: NaiveDate,
    pub gender: &'static str,
    pub blood_group: Option<&'static str>,
    pub language: Option<&'static str>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub city: Option<String>,
    /// Name and telephone number.
    pub to_call: Vec<(String, String)>,
    pub confidentiality: Confidentiality,
    pub coverages: Vec<Coverage>,
    pub version: i32,
}

/// An insurance.
pub struct Coverage {
    pub id: Uuid,
    pub payer: String,
    pub number: String,
    pub version: i32,
    pub removed: bool,
}

/// An entry of the directory.
pub struct Doctor {
    pub id: Uuid,
    pub given: String,
    pub family: String,
    pub licence: String,
    pub version: i32,
}

/// A place in a care team.
pub struct Member {
    pub id: Uuid,
    pub patient: usize,
    pub doctor: usize,
    pub role: CareTeamRole,
    pub starts_at: DateTime<Utc>,
    pub ends_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A time of a patient with a doctor.
pub struct Appointment {
    pub id: Uuid,
    pub patient: usize,
    pub doctor: usize,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub status: AppointmentStatus,
    pub reason: Option<String>,
    pub replaces: Option<usize>,
    pub confirmed: bool,
    pub version: i32,
    /// Which series it is one of.
    pub series: Option<usize>,
    pub occurrence: Option<i32>,
}

/// What was booked by a rule.
pub struct Series {
    pub id: Uuid,
    pub patient: usize,
    pub doctor: usize,
    pub version: i32,
}

/// A broken glass.
pub struct Grant {
    pub id: Uuid,
    pub doctor: usize,
    pub patient: usize,
    /// The session it was given in.
    pub session: String,
    pub justification: String,
    pub starts_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reviewed_at: Option<DateTime<Utc>>,
}

/// A kind of visit.
pub struct VisitKind {
    pub id: Uuid,
    pub value: Value,
}

/// A thing with a type of its own in the graph, by its place in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Viewer(usize),
    User(usize),
    Patient(usize),
    Doctor(usize),
    Appointment(usize),
    Series(usize),
    Member(usize),
    Coverage(usize, usize),
    Entry(RecordKind, usize),
    Alert(usize),
    Proposal(usize),
    File(usize),
    Kind(usize),
    Grant(usize),
    Wait(usize),
}

impl Thing {
    /// What the graph calls its type.
    pub fn typename(self) -> &'static str {
        match self {
            Self::Viewer(_) => "Viewer",
            Self::User(_) => "User",
            Self::Patient(_) => "Patient",
            Self::Doctor(_) => "Doctor",
            Self::Appointment(_) => "Appointment",
            Self::Series(_) => "AppointmentSeries",
            Self::Member(_) => "CareTeamMember",
            Self::Coverage(..) => "Coverage",
            Self::Entry(kind, _) => chart::typename(kind),
            Self::Alert(_) => "VitalAlert",
            Self::Proposal(_) => "ChangeProposal",
            Self::File(_) => "Document",
            Self::Kind(_) => "VisitKind",
            Self::Grant(_) => "BreakGlassGrant",
            Self::Wait(_) => "WaitlistEntry",
        }
    }
}

impl World {
    /// The id of a thing, as clients know it; empty for what has none.
    pub fn id(&self, thing: Thing) -> String {
        let (kind, id) = match thing {
            Thing::Viewer(_) => return String::new(),
            Thing::User(at) => ("user", self.accounts[at].id),
            Thing::Patient(at) => ("pat", self.patients[at].id),
            Thing::Doctor(at) => ("doc", self.doctors[at].id),
            Thing::Appointment(at) => ("app", self.appointments[at].id),
            Thing::Series(at) => ("ser", self.series[at].id),
            Thing::Member(at) => ("ctm", self.members[at].id),
            Thing::Coverage(patient, at) => ("cov", self.patients[patient].coverages[at].id),
            Thing::Entry(kind, at) => (chart::prefix(kind), self.entries[at].id),
            Thing::Alert(at) => ("alr", self.alerts[at].id),
            Thing::Proposal(at) => ("prp", self.proposals[at].id),
            Thing::File(at) => ("dcm", self.files[at].id),
            Thing::Kind(at) => ("vis", self.kinds[at].id),
            Thing::Grant(at) => ("btg", self.grants[at].id),
            Thing::Wait(at) => ("wai", self.waits[at].id),
        };
        format!("{kind}_{}", id.simple())
    }

    /// Everything that has an id.
    pub fn things(&self) -> Vec<Thing> {
        let mut all: Vec<_> = (0..self.accounts.len()).map(Thing::User).collect();
        all.extend((0..self.patients.len()).map(Thing::Patient));
        all.extend((0..self.doctors.len()).map(Thing::Doctor));
        all.extend((0..self.appointments.len()).map(Thing::Appointment));
        all.extend((0..self.series.len()).map(Thing::Series));
        all.extend((0..self.members.len()).map(Thing::Member));
        all.extend((0..self.kinds.len()).map(Thing::Kind));
        let entries = self.entries.iter().enumerate();
        all.extend(entries.map(|(at, one)| Thing::Entry(one.kind, at)));
        all.extend((0..self.alerts.len()).map(Thing::Alert));
        all.extend((0..self.proposals.len()).map(Thing::Proposal));
        all.extend((0..self.files.len()).map(Thing::File));
        all.extend((0..self.grants.len()).map(Thing::Grant));
        all.extend((0..self.waits.len()).map(Thing::Wait));
        for (at, patient) in self.patients.iter().enumerate() {
            let insurances = 0..patient.coverages.len();
            all.extend(insurances.map(|one| Thing::Coverage(at, one)));
        }
        all
    }
}
