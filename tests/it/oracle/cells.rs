//! Who may what, written down a second time: from the table and the order of questions of the design, and from the
//! rule that whoever has no relation sees masks. It was written without a look at the server's policy and must stay so; a test forbids it to name
//! `access`. Where the design leaves a question open, the answer stands here with the reason.
//!
//! - *Whom does a record's sensitivity shut out?* Doctors, in whatever relation. Not the patient (it is their own record),
//!   and not administrators (they say how sensitive a record is, so it must not vanish from them; they read nothing
//!   clinical, and numbers only masked).
//! - *May analysts read the directory?* The table says yes, the text below it that no type they reach leads to a person;
//!   a doctor leads to appointments, and those to patients. The text is the promise, so they may not.
//! - *Coverage for a doctor without a relation?* The table says no, the rule of masks that they
//!   see the number's end. The rule wins.
//! - *Does a request open the record?* No: what is only asked for is no appointment yet. The doctor sees the request, why,
//!   and by whom.
//! - *Whom does the list of patients hold for a doctor who is a patient?* Themselves too: it is their own record.
//! - *What does broken glass reach?* Records of any doctor, cleared or not, as far as *restricted*; in the session it was
//!   given in, for a justification and a second factor, until its hour is over, it is given back, or somebody takes it away.
//! - *Does broken glass make a record found?* No: it opens the one record that was asked for by its number in the system.
//!   Whom a search finds is for the clearance to say.
//! - *Who sees that the glass was broken?* The patient, the doctor, and administrators; why, in the doctor's words, the last
//!   two. It is given back by the doctor and taken away by administrators: by another verb each, also from themselves.
//! - *What is done at visits: what is it to be signed and shared?* A note is signed by its author, and shared after that; a visit,
//!   an order and a result have no signature of their own and are shared once they are final. Until then the patient reads
//!   none of them. A note that nobody signed is for its author and the care team.
//! - *What is one's own there?* What one has recorded: who meets the patient by appointment changes, signs and shares that, as
//!   long as they meet them. Adding to what was signed is for whoever reads it, broken glass included.
//! - *Who decides on what a patient asks for?* Whoever may change it: who a patient is, the care team and administrators; the
//!   chart, the care team and who meets them by appointment. It is read by whoever reads what would change. Nobody decides in
//!   their own record, though they treat themselves. What somebody may change themselves is not asked for.
//! - *What do administrators see of a file?* That it is there, of what kind and how long, from whom, when, and whether it may be
//!   given; its name and what it is about are clinical. Patients bring files and see what they brought; to replace one, or to enter
//!   it in error, is for those who treat them.
//! - *What is nobody's role worth?* Nothing but one's own account: after the session comes the role.

/// The table's columns: through what somebody meets a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Own,
    CareTeam,
    ByAppointment,
    BrokenGlass,
    Admin,
    NoRelation,
}

/// The table's rows, as far as the graph has them, split where the table or a mask makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Name, birth date, record number: what a patient is found by.
    Identity,
    /// The rest of the demographics.
    Demographics,
    /// Telephone and e-mail.
    Contact,
    /// Whom to call.
    ToCall,
    Coverage,
    /// Who treats the patient.
    Team,
    /// All appointments of the patient, also those with others.
    Appointments,
    /// Why the patient comes: clinical.
    Reasons,
    /// Conditions, allergies, immunizations, medications, vital signs and alerts on them: they are read alike.
    Chart,
    /// Encounters, orders and results, and signed notes.
    Visits,
    /// The same, shared with the patient.
    SharedVisits,
    /// Notes that nobody has signed; also their author's, in whatever relation.
    Drafts,
    /// Files. Masked, that they are there.
    Documents,
    /// The same, shared with the patient or brought by them.
    SharedDocuments,
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Nothing,
    /// The last characters of numbers and addresses.
    Masked,
    Whole,
}

/// What can be done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    ChangeContact,
    ChangeRecord,
    ChangeCoverage,
    ChangeTeam,
    /// Make an appointment, with whomever.
    Book,
    /// What the clinic notes of an appointment: accepted, checked in, arrived, taken place, not come.
    Work,
    /// What patients do too: confirm, move, call off.
    Withdraw,
    SetSensitivity,
    /// Conditions, allergies, immunizations, ordered medications, also in spite of what stands in their way; taking an alert
    /// on.
    Treat,
    /// What the patient takes.
    Tell,
    /// Vital signs.
    Measure,
    /// Encounters, notes, orders and results that are somebody's: changed, shared, entered in error.
    Own,
    /// Notes, by their author.
    Sign,
    /// Adding to what was signed.
    Amend,
    /// By which bounds somebody is called to a patient.
    SetBounds,
    /// Asking for a change that is not theirs to make, and taking that back.
    Propose,
    /// Files, into the record.
    Bring,
}

/// One cell of the table.
pub fn cell(row: Row, column: Column) -> Cell {
    use Cell::{Masked, Nothing, Whole};
    use Column::{Admin, BrokenGlass, ByAppointment, CareTeam, NoRelation, Own};
    match (row, column) {
        (Row::Visits | Row::Drafts | Row::Documents, Own) => Nothing,
        (_, Own | CareTeam) => Whole,
        (Row::Visits | Row::SharedVisits, ByAppointment | BrokenGlass) => Whole,
        (Row::Visits | Row::SharedVisits, Admin | NoRelation) => Nothing,
        (Row::Drafts, _) => Nothing,
        (Row::Documents | Row::SharedDocuments, ByAppointment | BrokenGlass) => Whole,
        (Row::Documents | Row::SharedDocuments, Admin) => Masked,
        (Row::Documents | Row::SharedDocuments, NoRelation) => Nothing,
        (Row::Identity, _) => Whole,
        (Row::Demographics | Row::Team, ByAppointment | BrokenGlass | Admin) => Whole,
        (Row::Contact | Row::ToCall, ByAppointment | BrokenGlass) => Whole,
        (Row::Contact | Row::ToCall | Row::Coverage, Admin) => Masked,
        (Row::Contact, NoRelation) => Masked,
        (Row::Coverage, ByAppointment) => Whole,
        (Row::Coverage, NoRelation) => Masked,
        (Row::Appointments, BrokenGlass | Admin) => Whole,
        (Row::Reasons, BrokenGlass) => Whole,
        (Row::Chart, ByAppointment | BrokenGlass) => Whole,
        (Row::Chart, Admin | NoRelation) => Nothing,
        (Row::Appointments | Row::Reasons, ByAppointment | NoRelation) => Nothing,
        (Row::Reasons, Admin) => Nothing,
        (Row::Coverage, BrokenGlass) => Nothing,
        (Row::Demographics | Row::Team | Row::ToCall, NoRelation) => Nothing,
    }
}

/// Whether this column may do it. Doctors by appointment, or with none, work on their own appointments: that is asked of
/// the appointment, not of the patient.
pub fn may_do(deed: Deed, column: Column) -> bool {
    use Column::{Admin, BrokenGlass, ByAppointment, CareTeam, Own};
    match deed {
        Deed::ChangeContact => matches!(column, Own | CareTeam | Admin),
        Deed::ChangeRecord | Deed::ChangeTeam | Deed::Work => matches!(column, CareTeam | Admin),
        Deed::ChangeCoverage => matches!(column, Own | Admin),
        Deed::Book | Deed::Withdraw => matches!(column, Own | CareTeam | Admin),
        Deed::SetSensitivity => column == Admin,
        Deed::Treat | Deed::Sign => matches!(column, CareTeam | ByAppointment),
        // By appointment only what is one's own, which is asked of the entry.
        Deed::Own => column == CareTeam,
        Deed::Amend => matches!(column, CareTeam | ByAppointment | BrokenGlass),
        Deed::Tell | Deed::Bring => matches!(column, Own | CareTeam | ByAppointment),
        Deed::SetBounds => column == CareTeam,
        Deed::Propose => column == Own,
        Deed::Measure => matches!(column, Own | CareTeam | ByAppointment | BrokenGlass),
    }
}
