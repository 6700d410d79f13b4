//! Coded values, as the standards spell them; stored as text so that a row can be read by a person.

mod values;

pub use values::{Coding, OnlyFor, Roles, Specialties, Weekdays};

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$variant_doc])+ #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)+
        }
    )+};
}

mod chart;

pub use chart::{ProposalKind, ProposalStatus, RecordKind, RecordSource, RecordStatus};
mod document;
mod told;

pub use document::{DocumentStatus, MediaType, ScanState};
pub use told::{NotificationKind, ReminderCause, ReminderChannel, ReminderKind, ReminderState};

codes! {
    /// What a link that was sent by mail is good for.
    LinkPurpose {
        /// Choosing another password.
        PasswordReset = "password-reset",
        /// Showing that mail to the account's address reaches its owner.
        EmailVerification = "email-verification",
    }
    /// What a message is about.
    MailKind {
        /// A link to choose another password with.
        PasswordReset = "password-reset",
        /// A link that shows that this message arrived.
        EmailVerification = "email-verification",
        /// Somebody tried to register with an address that has an account.
        AlreadyRegistered = "already-registered",
        /// Another password was chosen by a link.
        PasswordChanged = "password-changed",
        /// An administrator took the second factor away.
        SecondFactorRemoved = "second-factor-removed",
    }
    /// Whether an account may sign in.
    UserStatus {
        /// Made by an administrator; must choose a password of their own before anything else.
        Invited = "INVITED",
        /// May sign in.
        Active = "ACTIVE",
        /// Shut out until an administrator or a reset lets them in again.
        Locked = "LOCKED",
        /// Shut out for good.
        Disabled = "DISABLED",
    }
    /// FHIR confidentiality: how sensitive a record is, or up to where a user's clearance reaches.
    Confidentiality {
        /// FHIR `N`: as sensitive as a record usually is.
        Normal = "N",
        /// FHIR `R`: for those who need it.
        Restricted = "R",
        /// FHIR `V`: for the very few.
        VeryRestricted = "V",
    }
    /// FHIR administrative gender.
    AdministrativeGender {
        /// FHIR `male`.
        Male = "male",
        /// FHIR `female`.
        Female = "female",
        /// FHIR `other`.
        Other = "other",
        /// FHIR `unknown`.
        Unknown = "unknown",
    }
    /// ABO and rhesus group.
    BloodGroup {
        /// A, rhesus positive.
        APositive = "A+",
        /// A, rhesus negative.
        ANegative = "A-",
        /// B, rhesus positive.
        BPositive = "B+",
        /// B, rhesus negative.
        BNegative = "B-",
        /// AB, rhesus positive.
        AbPositive = "AB+",
        /// AB, rhesus negative.
        AbNegative = "AB-",
        /// O, rhesus positive.
        OPositive = "O+",
        /// O, rhesus negative.
        ONegative = "O-",
    }
    /// What a doctor is in a patient's care team.
    CareTeamRole {
        /// The doctor who leads the care.
        Primary = "PRIMARY",
        /// A doctor who is asked.
        Consulting = "CONSULTING",
        /// A doctor who stands in.
        Covering = "COVERING",
    }
    /// Why a doctor opens the record of a patient whom they do not treat: HL7 v3 PurposeOfUse.
    BreakGlassReason {
        /// PurposeOfUse `ETREAT`: emergency treatment.
        EmergencyTreatment = "ETREAT",
        /// PurposeOfUse `ERTREAT`: treatment in an emergency room.
        EmergencyRoom = "ERTREAT",
        /// PurposeOfUse `COC`: coordination of care, as when standing in for who treats them.
        CoordinationOfCare = "COC",
        /// PurposeOfUse `PATSFTY`: a danger to the patient's safety.
        PatientSafety = "PATSFTY",
        /// PurposeOfUse `DISASTER`: a disaster with many hurt.
        Disaster = "DISASTER",
    }
    /// How a break-glass grant ended.
    BreakGlassEnd {
        /// Its time was over.
        Expired = "EXPIRED",
        /// The doctor closed the record again.
        Relinquished = "RELINQUISHED",
        /// An administrator took it away.
        Revoked = "REVOKED",
        /// The session ended that it was given in: signed out, idle, locked out, or with other rights.
        SessionEnded = "SESSION_ENDED",
    }
    /// What an administrator thinks of a break-glass grant.
    BreakGlassOutcome {
        /// There was reason enough.
        Justified = "JUSTIFIED",
        /// There was not.
        Unjustified = "UNJUSTIFIED",
        /// Others are to decide.
        Escalated = "ESCALATED",
    }
    /// How patient and doctor meet.
    Modality {
        /// At the clinic.
        InPerson = "IN_PERSON",
        /// By video.
        Video = "VIDEO",
        /// By telephone.
        Phone = "PHONE",
    }
    /// FHIR appointment status; the moves between them are in the server's `appointment::lifecycle`.
    AppointmentStatus {
        /// FHIR `proposed`: asked for, awaiting the doctor.
        Proposed = "PROPOSED",
        /// FHIR `pending`: held, awaiting the patient's word.
        Pending = "PENDING",
        /// FHIR `booked`: agreed.
        Booked = "BOOKED",
        /// FHIR `checked-in`: pre-registration is done.
        CheckedIn = "CHECKED_IN",
        /// FHIR `arrived`: the patient is here.
        Arrived = "ARRIVED",
        /// FHIR `fulfilled`: it took place.
        Fulfilled = "FULFILLED",
        /// FHIR `cancelled`: it will not take place.
        Cancelled = "CANCELLED",
        /// FHIR `noshow`: the patient did not come.
        NoShow = "NOSHOW",
        /// FHIR `entered-in-error`: it never was.
        EnteredInError = "ENTERED_IN_ERROR",
    }
    /// FHIR appointment cancellation reason (the parts of the value set that a clinic uses, and one of our own).
    CancellationReason {
        /// FHIR `pat`: the patient asked for it.
        Patient = "pat",
        /// FHIR `pat-cpp`: the patient called it off in the portal.
        PatientPortal = "pat-cpp",
        /// FHIR `pat-dec`: the patient has died.
        PatientDeceased = "pat-dec",
        /// FHIR `pat-fb`: the patient feels better.
        PatientFeelsBetter = "pat-fb",
        /// FHIR `pat-lt`: the patient has no way to come.
        PatientLacksTransport = "pat-lt",
        /// FHIR `pat-mv`: the patient has moved away.
        PatientMoved = "pat-mv",
        /// FHIR `pat-uwo`: the patient changed to another provider.
        PatientChangedProvider = "pat-uwo",
        /// FHIR `prov`: the doctor or clinic asked for it.
        Provider = "prov",
        /// FHIR `prov-pers`: the doctor is away for personal reasons.
        ProviderPersonal = "prov-pers",
        /// FHIR `maint`: equipment is being mended.
        Maintenance = "maint",
        /// FHIR `oth-err`: it was booked by mistake.
        Error = "oth-err",
        /// FHIR `oth-weath`: the weather does not allow it.
        Weather = "oth-weath",
        /// FHIR `other`: something else.
        Other = "other",
        /// Ours, for FHIR has none: moved to another time; the appointment that replaces it names it.
        Rescheduled = "rescheduled",
        /// Ours: it was held, and nobody confirmed it in time.
        HoldExpired = "hold-expired",
    }
    /// What is other than usual on a day.
    AvailabilityExceptionKind {
        /// The doctor is not to be had.
        Closed = "CLOSED",
        /// The doctor is to be had though no rule says so.
        Open = "OPEN",
    }
    /// What a doctor is away for.
    AbsenceKind {
        /// For rest.
        Vacation = "VACATION",
        /// They are ill.
        Sickness = "SICKNESS",
        /// They learn, or teach.
        Training = "TRAINING",
        /// For something else.
        Other = "OTHER",
    }
    /// What an event says happened.
    EventKind {
        /// Something that only a newer copy of the server knows of. It is read so, and never written.
        Unknown = "UNKNOWN",
        /// An appointment came to be, as a request or as booked.
        AppointmentCreated = "APPOINTMENT_CREATED",
        /// An appointment changed its state, its time or its reason.
        AppointmentUpdated = "APPOINTMENT_UPDATED",
        /// An appointment was called off.
        AppointmentCancelled = "APPOINTMENT_CANCELLED",
        /// A patient's administrative data changed.
        PatientUpdated = "PATIENT_UPDATED",
        /// A doctor's entry in the directory came to be or changed.
        DoctorUpdated = "DOCTOR_UPDATED",
        /// The hours in which a doctor can be booked changed.
        AvailabilityChanged = "AVAILABILITY_CHANGED",
        /// A department was added to the clinic.
        DepartmentCreated = "DEPARTMENT_CREATED",
        /// A care relationship began, changed or ended.
        CareTeamChanged = "CARE_TEAM_CHANGED",
        /// A doctor opened the record of a patient whom they do not treat.
        BreakGlassGranted = "BREAK_GLASS_GRANTED",
        /// It is closed to them again.
        BreakGlassEnded = "BREAK_GLASS_ENDED",
        /// An administrator looked at it.
        BreakGlassReviewed = "BREAK_GLASS_REVIEWED",
        /// What an account may, or whether it may sign in, changed.
        UserUpdated = "USER_UPDATED",
        /// A session ended before its time.
        SessionRevoked = "SESSION_REVOKED",
        /// Somebody other than the patient looked at the patient's record.
        RecordSeen = "RECORD_SEEN",
        /// An entry of the chart came to be or changed.
        RecordChanged = "RECORD_CHANGED",
        /// A vital sign was measured, or turned out to have been entered in error.
        VitalRecorded = "VITAL_RECORDED",
        /// The owner of an account is told something.
        NotificationAdded = "NOTIFICATION_ADDED",
        /// Somebody joined the waiting list, left it, or stands elsewhere on it.
        WaitlistChanged = "WAITLIST_CHANGED",
        /// A time was offered to somebody who waits.
        WaitlistOffered = "WAITLIST_OFFERED",
        /// A reading was out of bounds, and somebody was called.
        AlertRaised = "ALERT_RAISED",
        /// Nobody took it on, and the next was called.
        AlertEscalated = "ALERT_ESCALATED",
        /// Somebody took it on.
        AlertAcknowledged = "ALERT_ACKNOWLEDGED",
        /// The reading should not have been there.
        AlertClosed = "ALERT_CLOSED",
        /// The bounds of a patient's vital sign became others.
        ThresholdChanged = "THRESHOLD_CHANGED",
        /// A patient asks for a change.
        ChangeProposed = "CHANGE_PROPOSED",
        /// Somebody has decided on it.
        ProposalDecided = "PROPOSAL_DECIDED",
        /// The patient has taken it back.
        ProposalWithdrawn = "PROPOSAL_WITHDRAWN",
        /// A document came to be or changed.
        DocumentChanged = "DOCUMENT_CHANGED",
    }
    /// How far out of bounds a reading is.
    AlertLevel {
        /// To be watched.
        Abnormal = "ABNORMAL",
        /// To be looked at now.
        Critical = "CRITICAL",
    }
    /// Where an alert stands.
    AlertStatus {
        /// Nobody has taken it on.
        Open = "OPEN",
        /// Somebody has.
        Acknowledged = "ACKNOWLEDGED",
        /// The reading should not have been there.
        Closed = "CLOSED",
    }
}

impl AppointmentStatus {
    /// The states that occupy the time of doctor and patient; the database refuses two of them at once.
    pub const LIVE: [Self; 5] = [
        Self::Proposed,
        Self::Pending,
        Self::Booked,
        Self::CheckedIn,
        Self::Arrived,
    ];

    /// Whether this state occupies the time of doctor and patient.
    #[must_use]
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}

impl Confidentiality {
    /// Every level up to this one, this one with them: what a clearance opens.
    pub fn up_to(self) -> impl Iterator<Item = Self> {
        let all = [Self::Normal, Self::Restricted, Self::VeryRestricted];
        all.into_iter().filter(move |level| *level <= self)
    }
}
