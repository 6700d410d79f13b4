//! What can be asked for, and the facts that the answer depends on.

use chrono::{DateTime, Utc};
use entity::code::{BreakGlassReason, Confidentiality, RecordSource, Roles};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, UserId};
use entity::patient;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Look at it.
    Read,
    /// Make a new one.
    Create,
    /// Change or end it.
    Update,
    /// Ask for, or book, an appointment.
    Book,
    /// Say that one will come.
    Confirm,
    /// Move it to another time.
    Reschedule,
    /// Call it off.
    Cancel,
    /// Accept what a patient asked for.
    Accept,
    /// Note what happens at the clinic: checked in, arrived, completed, not come, undone.
    Attend,
    /// Make it unreadable for good.
    Erase,
    /// Put one's name under it: from then on it stays as it is.
    Sign,
    /// Add to what was signed.
    Amend,
    /// Show it to the patient, or no longer.
    Share,
    /// Do it in spite of what stands in its way.
    Override,
}

impl Action {
    /// Every action, for the matrix.
    pub const ALL: [Self; 14] = [
        Self::Read,
        Self::Create,
        Self::Update,
        Self::Book,
        Self::Confirm,
        Self::Reschedule,
        Self::Cancel,
        Self::Accept,
        Self::Attend,
        Self::Erase,
        Self::Sign,
        Self::Amend,
        Self::Share,
        Self::Override,
    ];
}

/// How the viewer and a patient are related at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatientFacts {
    /// Whose record it is.
    pub patient: PatientId,
    /// How sensitive the record is.
    pub confidentiality: Confidentiality,
    /// The viewer is a doctor in the patient's care team, within the membership's period.
    pub care_team: bool,
    /// The viewer is a doctor with an appointment of this patient, from 7 days before it to 30 days after.
    pub appointment: bool,
    /// The viewer is a doctor who has broken the glass over this record, in this session, and it is not over yet.
    pub break_glass: Option<BrokenGlass>,
    /// When the first of these relations ends by itself; none when none does. The policy does not read it: whoever goes
    /// on with what was allowed asks again then.
    pub until: Option<DateTime<Utc>>,
}

impl From<&patient::Model> for PatientFacts {
    /// The facts of someone with no relation.
    fn from(row: &patient::Model) -> Self {
        Self::unrelated(row.id, row.confidentiality)
    }
}

impl PatientFacts {
    /// The facts of someone with no relation.
    #[must_use]
    pub fn unrelated(patient: PatientId, confidentiality: Confidentiality) -> Self {
        Self {
            patient,
            confidentiality,
            care_team: false,
            appointment: false,
            break_glass: None,
            until: None,
        }
    }
}

/// Leave to read a record without treating the patient. The policy asks only whether there is one; the audit names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokenGlass {
    /// The grant.
    pub grant: BreakGlassGrantId,
    /// What for.
    pub reason: BreakGlassReason,
}

/// How far what is done at a visit has come on its way to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// A note that nobody has signed.
    Draft,
    /// Part of the record, and not for the patient yet.
    Kept,
    /// The patient is shown it.
    Shared,
}

impl Stage {
    /// Every stage, the first first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Kept, Self::Shared];
}

/// What a patient asks to have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asked {
    /// Who they are.
    Demographics,
    /// A condition, an allergy or an immunization.
    Clinical,
    /// What the clinic has noted that they take.
    Medication,
}

impl Asked {
    /// All there is.
    pub const ALL: [Self; 3] = [Self::Demographics, Self::Clinical, Self::Medication];
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A patient's name, birth date and record number: what a doctor may find anybody by.
    Identity(PatientFacts),
    /// The rest of what describes a patient: gender, blood group, confidentiality, language; to read also address,
    /// emergency contacts and preferences.
    Demographics(PatientFacts),
    /// How sensitive a patient's record is, whichever way it changes; those who treat them raise it as demographics.
    Confidentiality(PatientFacts),
    /// How a patient is reached: to read their e-mail address and telephone number, to change also what else they may say
    /// of it themselves.
    Contact(PatientFacts),
    /// A patient's insurance.
    Coverage(PatientFacts),
    /// Who treats a patient.
    CareTeam(PatientFacts),
    /// Leave of this doctor to read this patient's record without treating them.
    BreakGlass(PatientFacts, DoctorId),
    /// All such leave that there was to read this patient's record, as it comes and goes.
    BreakGlassLog(PatientFacts),
    /// Why this doctor says that they needed it.
    BreakGlassJustification(DoctorId),
    /// Looking at such leave of this account afterwards.
    BreakGlassReview(UserId),
    /// Conditions, allergies and immunizations.
    Clinical(PatientFacts),
    /// Medications that were ordered.
    Medications(PatientFacts),
    /// Medications that the patient takes, on this one's word.
    MedicationIntake(PatientFacts, RecordSource),
    /// Vital signs, on this one's word.
    Vitals(PatientFacts, RecordSource),
    /// What is done at visits: an encounter, a note, an order or a result, of this account, as far as it has come.
    VisitRecord(PatientFacts, Option<UserId>, Stage),
    /// A change of this of a patient that the patient asks for: to change, take it back; to accept, decide on it.
    Proposal(PatientFacts, Asked),
    /// A file in the record, as far as it has come: that there is one, of what kind, from whom and when.
    Document(PatientFacts, Stage),
    /// What such a file is called, and what it says.
    DocumentContent(PatientFacts, Stage),
    /// Alerts on vital signs: to change, take one on; to create, say by which bounds they are raised.
    Alerts(PatientFacts),
    /// An appointment of this patient with this doctor.
    Appointment(PatientFacts, DoctorId),
    /// Why the patient comes: clinical, so not for administrators.
    VisitReason(PatientFacts, DoctorId),
    /// A place of this patient on the waiting list, for this doctor or for any of a specialty.
    Waiting(PatientFacts, Option<DoctorId>),
    /// To read, all appointments of a doctor; to change, the hours in which they can be booked.
    DoctorSchedule(DoctorId),
    /// When a doctor is away, and why.
    Absence(DoctorId),
    /// All patients there are, as a list.
    PatientList,
    /// Doctors, departments, visit types.
    Directory,
    /// An account.
    Account(UserId),
    /// The e-mail address of an account with these roles.
    AccountEmail(UserId, Roles),
    /// What an account may: its roles, its clearance, whether it may sign in.
    Rights(UserId),
    /// The sessions of an account.
    Sessions(UserId),
    /// The clinic's own stream of events.
    Clinic,
    /// All that is kept of a patient, to take away.
    WholeRecord(PatientFacts),
    /// Who has looked at a patient's record.
    AccessLog(PatientFacts),
    /// All that was looked at and done.
    Audit,
}

/// Through what the viewer is allowed; the audit row and the access log name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relationship {
    /// It is about themselves.
    OneSelf,
    /// They are in the patient's care team.
    CareTeam,
    /// They have an appointment with the patient.
    Appointment,
    /// They have broken the glass: no relation, but a reason, for an hour at most.
    BreakGlass,
    /// They are a doctor, and this much every doctor may.
    Clinician,
    /// They run the clinic.
    Administration,
    /// Everybody may.
    Public,
}
