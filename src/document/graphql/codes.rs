//! Coded values as clients see them.

use crate::document::detail;
use async_graphql::Enum;

/// Where a document stands: FHIR document reference status.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::DocumentStatus")]
pub enum DocumentStatus {
    /// FHIR `current`: it is the newest of its series.
    Current,
    /// FHIR `superseded`: another has taken its place.
    Superseded,
    /// FHIR `entered-in-error`: it should not be there, and is given to nobody.
    EnteredInError,
}

/// Whether a file may be given to anybody.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ScanState")]
pub enum ScanState {
    /// Nobody has looked through it yet: it is given to nobody.
    Quarantined,
    /// The scanner found nothing, or the clinic has none.
    Clean,
    /// The scanner found something: the file is gone.
    Refused,
}

/// What kind of file it is: the kinds that are taken.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::MediaType")]
pub enum DocumentMediaType {
    /// `application/pdf`.
    Pdf,
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `text/plain`, in UTF-8.
    Text,
}

/// What a document is about: FHIR document reference category, as LOINC names them.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "detail::Category")]
pub enum DocumentCategory {
    /// LOINC 11488-4: what another doctor has to say.
    Consultation,
    /// LOINC 59284-0: that the patient agrees to something.
    Consent,
    /// LOINC 18842-5: the summary of a stay.
    DischargeSummary,
    /// LOINC 18748-4: an image, or what was seen on one.
    Imaging,
    /// LOINC 64290-0: an insurance card.
    Insurance,
    /// LOINC 11502-2: what a laboratory found.
    LaboratoryReport,
    /// LOINC 72170-4: a photograph.
    Photograph,
    /// LOINC 57833-6: an order of a medication.
    Prescription,
    /// LOINC 57133-1: that the patient is sent to another doctor.
    Referral,
    /// Anything else.
    Other,
}

/// What happened to a document.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentChangeKind {
    /// It was brought.
    Added,
    /// What is known of it changed: what it is called, whether it is shared, that the scanner has looked, that another has taken its
    /// place, that it was entered in error.
    Changed,
}

impl DocumentChangeKind {
    /// What made this version.
    pub(super) fn of(version: i32) -> Self {
        match version {
            1 => Self::Added,
            _ => Self::Changed,
        }
    }
}
