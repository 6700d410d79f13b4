//! Coded values of appointments, as clients read them.

use async_graphql::Enum;

/// Where an appointment stands; FHIR appointment status. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AppointmentStatus")]
pub enum AppointmentStatus {
    /// FHIR `proposed`: asked for, awaiting the doctor.
    Proposed,
    /// FHIR `pending`: held, awaiting the patient's word.
    Pending,
    /// FHIR `booked`: agreed.
    Booked,
    /// FHIR `checked-in`: pre-registration is done.
    CheckedIn,
    /// FHIR `arrived`: the patient is here.
    Arrived,
    /// FHIR `fulfilled`: it took place.
    Fulfilled,
    /// FHIR `cancelled`: it will not take place.
    Cancelled,
    /// FHIR `noshow`: the patient did not come.
    #[graphql(name = "NOSHOW")]
    NoShow,
    /// FHIR `entered-in-error`: it never was.
    EnteredInError,
}

/// Why an appointment was called off; FHIR appointment cancellation reason. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::CancellationReason")]
pub enum CancellationReason {
    /// FHIR `pat`: the patient asked for it.
    Patient,
    /// FHIR `pat-cpp`: the patient called it off in the portal.
    PatientPortal,
    /// FHIR `pat-dec`: the patient has died.
    PatientDeceased,
    /// FHIR `pat-fb`: the patient feels better.
    PatientFeelsBetter,
    /// FHIR `pat-lt`: the patient has no way to come.
    PatientLacksTransport,
    /// FHIR `pat-mv`: the patient has moved away.
    PatientMoved,
    /// FHIR `pat-uwo`: the patient changed to another provider.
    PatientChangedProvider,
    /// FHIR `prov`: the doctor or clinic asked for it.
    Provider,
    /// FHIR `prov-pers`: the doctor is away for personal reasons.
    ProviderPersonal,
    /// FHIR `maint`: equipment is being mended.
    Maintenance,
    /// FHIR `oth-err`: it was booked by mistake.
    Error,
    /// FHIR `oth-weath`: the weather does not allow it.
    Weather,
    /// FHIR `other`: something else.
    Other,
    /// Moved to another time or doctor; FHIR has no code for it. Set by `rescheduleAppointment`, `rerouteAppointment` and
    /// `resolveAbsence` only.
    Rescheduled,
    /// Held, and not confirmed in time; FHIR has no code for it. Set by time only.
    HoldExpired,
}

/// How patient and doctor meet. Patients, doctors and administrators may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::Modality")]
pub enum Modality {
    /// At the clinic.
    InPerson,
    /// By video.
    Video,
    /// By telephone.
    Phone,
}

/// What happened to an appointment. Whoever receives the change may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentChangeKind {
    /// It came to be, as a request or as booked.
    Created,
    /// Its state changed.
    Updated,
    /// It was called off.
    Cancelled,
}
