//! One patient's row, opened cell by cell as it is asked for. Whoever holds a record can read all of it: asking the
//! policy comes before.

use super::cells::{Address, Contact, CoverageDetail, EmergencyContact, Name, Profile};
use crate::vault::{DataKey, Place, Unreadable, Vault};
use chrono::NaiveDate;
use entity::cell::Sealed;
use entity::id::PatientId;
use entity::{coverage, patient};
use serde::de::DeserializeOwned;
use std::sync::{Arc, OnceLock};

/// The name of the table in the places of its cells.
pub(super) const TABLE: &str = "patient";

/// One patient, sealed; the person's key is opened once, by the first who asks for a cell.
pub struct PatientRecord {
    row: Arc<patient::Model>,
    key: OnceLock<Arc<DataKey>>,
}

impl PatientRecord {
    /// The record of this row.
    #[must_use]
    pub fn new(row: Arc<patient::Model>) -> Self {
        Self {
            row,
            key: OnceLock::new(),
        }
    }

    /// The row as it lies in the database.
    #[must_use]
    pub fn row(&self) -> &Arc<patient::Model> {
        &self.row
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
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        // Two at once may both open it; the second's copy is dropped.
        let key = Arc::new(vault.open_key(self.row.id.0, &self.row.data_key)?);
        Ok(self.key.get_or_init(|| key))
    }

    /// The names.
    ///
    /// # Errors
    /// When the cell does not open; so it is with all the others.
    pub fn name(&self, vault: &Vault) -> Result<Name, Unreadable> {
        self.open(vault, "name", &self.row.name)
    }

    /// The medical record number.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn mrn(&self, vault: &Vault) -> Result<String, Unreadable> {
        self.open(vault, "mrn", &self.row.mrn)
    }

    /// The date of birth.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn birth_date(&self, vault: &Vault) -> Result<NaiveDate, Unreadable> {
        self.open(vault, "birth_date", &self.row.birth_date)
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

    /// What one of this patient's insurances says.
    ///
    /// # Errors
    /// When the cell does not open, as another patient's does not.
    pub fn coverage(
        &self,
        vault: &Vault,
        row: &coverage::Model,
    ) -> Result<CoverageDetail, Unreadable> {
        self.key(vault)?.open(coverage_place(row.id.0), &row.detail)
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

/// Where a cell of this patient's row lies.
pub(super) fn place(patient: PatientId, column: &'static str) -> Place {
    Place::new(TABLE, column, patient.0)
}

/// Where the cell of an insurance lies.
pub(super) fn coverage_place(row: uuid::Uuid) -> Place {
    Place::new("coverage", "detail", row)
}
