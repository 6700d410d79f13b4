//! One patient's row, opened cell by cell as it is asked for. Whoever holds a record can read all of it: asking the
//! policy comes before.

use super::cells::{Address, Contact, CoverageDetail, EmergencyContact, Name, Profile};
use crate::state::Face;
use crate::vault::{DataKey, Place, Unreadable, Vault};
use chrono::NaiveDate;
use entity::cell::Sealed;
use entity::id::PatientId;
use entity::{coverage, patient};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The name of the table in the places of its cells.
pub(super) const TABLE: &str = "patient";

/// One patient, sealed; the person's key is opened once, by the first who asks for a cell.
pub struct PatientRecord {
    row: Arc<patient::Model>,
    face: Arc<Face>,
}

impl PatientRecord {
    /// The record of this row.
    #[must_use]
    pub fn new(row: Arc<patient::Model>) -> Self {
        let face = Arc::new(Face::from(&*row));
        Self { row, face }
    }

    /// The row as it lies in the database.
    #[must_use]
    pub fn row(&self) -> &Arc<patient::Model> {
        &self.row
    }

    /// Who it is.
    #[must_use]
    pub fn face(&self) -> &Arc<Face> {
        &self.face
    }

    /// Whose record it is.
    #[must_use]
    pub fn id(&self) -> PatientId {
        self.row.id
    }

    /// The key under which everything about this person is sealed.
    ///
    /// # Errors
    /// When it was wrapped by another master key, or is damaged.
    pub fn key(&self, vault: &Vault) -> Result<&Arc<DataKey>, Unreadable> {
        self.face.key(vault)
    }

    /// The medical record number.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn mrn(&self, vault: &Vault) -> Result<String, Unreadable> {
        self.open(vault, "mrn", &self.row.mrn)
    }

    /// Gender, blood group, language, preferences.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn profile(&self, vault: &Vault) -> Result<Profile, Unreadable> {
        self.open(vault, "profile", &self.row.profile)
    }

    /// E-mail address and telephone number.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn contact(&self, vault: &Vault) -> Result<Contact, Unreadable> {
        self.open(vault, "contact", &self.row.contact)
    }

    /// The postal address, if one is known.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn address(&self, vault: &Vault) -> Result<Option<Address>, Unreadable> {
        let cell = self.row.address.as_ref();
        cell.map(|cell| self.open(vault, "address", cell))
            .transpose()
    }

    /// Whom to call.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn emergency_contacts(&self, vault: &Vault) -> Result<Vec<EmergencyContact>, Unreadable> {
        self.open(vault, "emergency_contacts", &self.row.emergency_contacts)
    }

    fn open<T: DeserializeOwned>(
        &self,
        vault: &Vault,
        column: &'static str,
        cell: &Sealed,
    ) -> Result<T, Unreadable> {
        self.key(vault)?.open(place(self.row.id, column), cell)
    }
}

/// The names of this patient.
///
/// # Errors
/// When the cell does not open; so it is with all the others.
pub fn name(face: &Face, vault: &Vault) -> Result<Arc<Name>, Unreadable> {
    let place = place(face.id, "name");
    face.key(vault)?.at_hand(place, &face.name)
}

/// When this patient was born.
///
/// # Errors
/// When the cell does not open.
pub fn birth_date(face: &Face, vault: &Vault) -> Result<NaiveDate, Unreadable> {
    let place = place(face.id, "birth_date");
    Ok(*face.key(vault)?.at_hand(place, &face.birth_date)?)
}

/// What one of this patient's insurances says.
///
/// # Errors
/// When the cell does not open, as another patient's does not.
pub fn coverage(
    face: &Face,
    vault: &Vault,
    row: &coverage::Model,
) -> Result<CoverageDetail, Unreadable> {
    let place = coverage_place(row.id.0);
    face.key(vault)?.open(place, &row.detail)
}

/// Where a cell of this patient's row lies.
pub(super) fn place(patient: PatientId, column: &'static str) -> Place {
    Place::new(TABLE, column, patient.0)
}

/// Where the cell of an insurance lies.
pub(super) fn coverage_place(row: uuid::Uuid) -> Place {
    Place::new("coverage", "detail", row)
}
