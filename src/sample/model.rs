//! What a sample clinic consists of: plain data, with places in lists where a database would have ids.
//! Knows no database and no GraphQL; every code is spelled as the clinic's coded values are.

mod chart;

pub use chart::{Allergy, Chart, Condition, Immunization, Medication, Vitals};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

macro_rules! coded {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
        }

        impl $name {
            /// The code as it is stored and exchanged.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    )+};
}

coded! {
    /// FHIR administrative gender.
    Gender {
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
    /// How patient and doctor meet.
    Modality {
        /// At the clinic.
        InPerson = "IN_PERSON",
        /// By video.
        Video = "VIDEO",
        /// By telephone.
        Phone = "PHONE",
    }
    /// What a doctor is in a patient's care team.
    CareRole {
        /// The doctor who leads the care.
        Primary = "PRIMARY",
        /// A doctor who is asked.
        Consulting = "CONSULTING",
    }
    /// How a patient wishes to be reached.
    ContactChannel {
        /// By e-mail.
        Email = "EMAIL",
        /// By text message.
        Text = "TEXT",
        /// By telephone.
        Phone = "PHONE",
    }
    /// Which part of the day a patient likes best.
    PartOfDay {
        /// Before noon.
        Morning = "MORNING",
        /// After noon.
        Afternoon = "AFTERNOON",
    }
    /// What kind of substance an allergy is to: FHIR allergy intolerance category.
    AllergyCategory {
        /// FHIR `food`.
        Food = "food",
        /// FHIR `medication`.
        Medication = "medication",
        /// FHIR `environment`.
        Environment = "environment",
    }
    /// Where an appointment stands; a subset of FHIR's appointment statuses.
    Status {
        /// FHIR `proposed`: asked for, awaiting the doctor.
        Proposed = "PROPOSED",
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
    }
    /// Why an appointment was called off; a subset of FHIR's appointment cancellation reasons.
    Cancellation {
        /// FHIR `pat`: the patient asked for it.
        Patient = "pat",
        /// FHIR `pat-fb`: the patient feels better.
        FeelsBetter = "pat-fb",
        /// FHIR `pat-lt`: the patient has no way to come.
        NoTransport = "pat-lt",
        /// FHIR `prov`: the doctor or clinic asked for it.
        Provider = "prov",
        /// FHIR `prov-pers`: the doctor is away.
        ProviderAway = "prov-pers",
        /// FHIR `oth-weath`: the weather does not allow it.
        Weather = "oth-weath",
        /// FHIR `other`: something else.
        Other = "other",
    }
}

/// A whole clinic. Lists refer to each other by place, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clinic {
    /// The parts of the clinic, each named once.
    pub departments: Vec<Department>,
    /// The kinds of visit.
    pub visit_types: Vec<VisitType>,
    /// Those who treat; the first three are meant for accounts of a demonstration.
    pub doctors: Vec<Doctor>,
    /// Those who are treated; the first three are meant for accounts of a demonstration.
    pub patients: Vec<Patient>,
    /// Who cares for whom; each pair at most once.
    pub care_team: Vec<CareTeamMember>,
    /// What is known of each patient's health, by their place in the list of patients.
    pub charts: Vec<Chart>,
    /// In order of their beginning.
    pub appointments: Vec<Appointment>,
    /// From which minute of a working day up to which the doctors can be booked; all appointments lie within.
    pub hours: Vec<(u16, u16)>,
    /// The first day of all this.
    pub since: NaiveDate,
}

/// A part of the clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// What it is called; unique.
    pub name: &'static str,
}

/// A kind of visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitType {
    /// A short name for programs; unique.
    pub code: &'static str,
    /// What patients call it.
    pub name: &'static str,
    /// How long it takes, in minutes.
    pub minutes: u16,
    /// How patient and doctor meet.
    pub modality: Modality,
    /// Whether a patient can only ask for it, and the doctor accepts.
    pub requires_approval: bool,
}

/// A code of SNOMED CT, RxNorm or CVX with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coding {
    /// The code system's URI.
    pub system: &'static str,
    /// The code.
    pub code: &'static str,
    /// The code in words.
    pub display: &'static str,
}

/// Leave to practise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// As printed on it.
    pub number: String,
    /// Who gave it.
    pub authority: &'static str,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity; later than any appointment.
    pub valid_to: NaiveDate,
}

/// One who treats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doctor {
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Put before the name.
    pub prefix: &'static str,
    /// Unique; in the reserved domain `clinic.example`.
    pub email: String,
    /// What they are trained in; never empty.
    pub specialties: Vec<Coding>,
    /// Leave to practise.
    pub licence: Licence,
    /// Place in [`Clinic::departments`].
    pub department: usize,
    /// The zone of their working hours.
    pub zone: Tz,
    /// Whether new patients may book.
    pub accepts_new_patients: bool,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Number, street and flat.
    pub line: String,
    /// Town.
    pub city: &'static str,
    /// State, by its two letters.
    pub state: &'static str,
    /// Postal code.
    pub postal_code: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyContact {
    /// Full name.
    pub name: String,
    /// What they are to the patient.
    pub relationship: &'static str,
    /// E.164.
    pub phone: String,
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// An insurer that does not exist.
    pub payer: &'static str,
    /// The patient's number with the insurer.
    pub member_id: String,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity; open when absent.
    pub valid_to: Option<NaiveDate>,
}

/// What a patient asked the clinic to heed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// How to reach them.
    pub contact_by: ContactChannel,
    /// Whether to remind them before an appointment.
    pub reminders: bool,
    /// Whether they need an interpreter from their language.
    pub interpreter: bool,
    /// When they like to come, if they said so.
    pub part_of_day: Option<PartOfDay>,
}

/// One who is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Medical record number: seven digits and a Luhn check digit; unique.
    pub mrn: String,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// Administrative gender.
    pub gender: Gender,
    /// Absent when it was never taken.
    pub blood_group: Option<BloodGroup>,
    /// Unique; in the reserved domain `mail.example`. Some have none, small children never.
    pub email: Option<String>,
    /// E.164, from the numbers kept for fiction; unique. A child's is the household's.
    pub phone: String,
    /// Where they live.
    pub address: Address,
    /// Whom to call; a child's first is a guardian.
    pub emergency_contacts: Vec<EmergencyContact>,
    /// Who pays, at most two.
    pub coverage: Vec<Coverage>,
    /// BCP 47.
    pub language: &'static str,
    /// What they asked the clinic to heed.
    pub preferences: Preferences,
}

/// A doctor's place in a patient's care team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareTeamMember {
    /// Place in [`Clinic::doctors`].
    pub doctor: usize,
    /// Place in [`Clinic::patients`].
    pub patient: usize,
    /// As what; each patient has exactly one primary.
    pub role: CareRole,
    /// First day, never after the first appointment of the two.
    pub from: NaiveDate,
}

/// One time of one patient with one doctor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Place in [`Clinic::doctors`].
    pub doctor: usize,
    /// Place in [`Clinic::patients`].
    pub patient: usize,
    /// Place in [`Clinic::visit_types`].
    pub visit_type: usize,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it stands at the moment the clinic was made for.
    pub status: Status,
    /// Why it was called off; there exactly when it is cancelled.
    pub cancellation: Option<Cancellation>,
    /// Why the patient comes.
    pub reason: &'static str,
    /// When it was made; before both its beginning and the moment the clinic was made for.
    pub made_at: DateTime<Utc>,
}
