//! What is said of a file, and how it lies in the row: sealed under the patient's key, as is the key of its bytes.

use super::name;
use crate::chart::content::note;
use crate::patient::input::{At as _, Invalid, Problem, line};
use crate::state::Face;
use crate::vault::stream::StreamKey;
use crate::vault::{DataKey, Place, Unreadable, Vault};
use entity::cell::Sealed;
use entity::document;
use entity::id::DocumentId;
use serde::{Deserialize, Serialize};

/// The longest title, in characters.
pub const LONGEST_TITLE: usize = 200;

/// What a file is about: FHIR document reference category, as LOINC names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
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

/// What is said of a file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Detail {
    /// What it is called.
    pub title: String,
    /// What the file was called where it came from; it is never used as a path.
    pub file_name: String,
    /// What it is about.
    pub category: Category,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The SHA-256 of the bytes, once they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<[u8; 32]>,
}

impl Detail {
    /// The same in one spelling; a title that is not given is the file's name.
    ///
    /// # Errors
    /// When a text is too long, or has a character that it cannot have.
    pub fn checked(self) -> Result<Self, Invalid> {
        let file_name = name::checked(&self.file_name).at("fileName")?;
        let title = match self.title.trim() {
            "" => Ok(file_name.clone()),
            title => line(title, LONGEST_TITLE).and_then(plain),
        };
        Ok(Self {
            title: title.at("title")?,
            description: note(self.description.as_ref()).at("description")?,
            file_name,
            ..self
        })
    }
}

/// A title without signs that turn the direction of writing: it stands beside others.
///
/// # Errors
/// When it has one.
pub fn plain(title: String) -> Result<String, Problem> {
    match title.chars().any(name::misleads) {
        true => Err(Problem::InvalidCharacter),
        false => Ok(title),
    }
}

/// Where what is said of a document lies.
fn place(id: DocumentId) -> Place {
    Place::new("document", "content", id.0)
}

/// Where what is said of a document to come lies.
fn coming_place(id: DocumentId) -> Place {
    Place::new("document_upload", "content", id.0)
}

/// Where the key of the bytes lies.
fn key_place(id: DocumentId) -> Place {
    Place::new("document", "content_key", id.0)
}

/// Seals what is said of a document.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal(key: &DataKey, id: DocumentId, detail: &Detail) -> Result<Sealed, Unreadable> {
    key.seal(place(id), detail)
}

/// Opens what is said of a document.
///
/// # Errors
/// When the cell does not open.
pub fn open(face: &Face, vault: &Vault, row: &document::Model) -> Result<Detail, Unreadable> {
    face.key(vault)?.open(place(row.id), &row.content)
}

/// Seals what is said of a document to come.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal_coming(key: &DataKey, id: DocumentId, detail: &Detail) -> Result<Sealed, Unreadable> {
    key.seal(coming_place(id), detail)
}

/// Opens what is said of a document to come.
///
/// # Errors
/// When the cell does not open.
pub fn open_coming(key: &DataKey, id: DocumentId, cell: &Sealed) -> Result<Detail, Unreadable> {
    key.open(coming_place(id), cell)
}

/// Seals the key of a document's bytes.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal_key(key: &DataKey, id: DocumentId, of: &StreamKey) -> Result<Sealed, Unreadable> {
    key.seal(key_place(id), of)
}

/// Opens the key of a document's bytes.
///
/// # Errors
/// When the cell does not open.
pub fn open_key(key: &DataKey, row: &document::Model) -> Result<StreamKey, Unreadable> {
    key.open(key_place(row.id), &row.content_key)
}
