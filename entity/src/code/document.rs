//! The codes of documents.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

codes! {
    /// FHIR document reference status.
    DocumentStatus {
        /// FHIR `current`: it is the newest of its series.
        Current = "current",
        /// FHIR `superseded`: another has taken its place.
        Superseded = "superseded",
        /// FHIR `entered-in-error`: it should not be there.
        EnteredInError = "entered-in-error",
    }
    /// What is known of a file's harmlessness.
    ScanState {
        /// Nobody has looked yet: it is given to nobody.
        Quarantined = "QUARANTINED",
        /// The scanner found nothing, or there is none.
        Clean = "CLEAN",
        /// The scanner found something; the bytes are gone.
        Refused = "REFUSED",
    }
    /// What kind of file it is: the media types that are taken.
    MediaType {
        /// A PDF.
        Pdf = "application/pdf",
        /// A PNG image.
        Png = "image/png",
        /// A JPEG image.
        Jpeg = "image/jpeg",
        /// Text in UTF-8.
        Text = "text/plain",
    }
}
