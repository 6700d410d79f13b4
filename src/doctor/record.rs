//! One doctor's row, opened cell by cell as it is asked for, and the way from a new doctor to a row.

use super::cells::Licence;
use crate::patient::cells::Name;
use crate::vault::{DataKey, Place, Unreadable, Vault};
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::code::{Coding, Specialties};
use entity::doctor;
use entity::id::{DepartmentId, DoctorId, UserId};
use std::sync::Arc;

/// One doctor, sealed.
pub struct DoctorRecord {
    row: Arc<doctor::Model>,
}

impl DoctorRecord {
    /// The record of this row.
    #[must_use]
    pub fn new(row: Arc<doctor::Model>) -> Self {
        Self { row }
    }

    /// The row as it lies in the database.
    #[must_use]
    pub fn row(&self) -> &Arc<doctor::Model> {
        &self.row
    }

    /// The key under which this row is sealed.
    ///
    /// # Errors
    /// When it was wrapped by another master key, or is damaged.
    pub fn key(&self, vault: &Vault) -> Result<Arc<DataKey>, Unreadable> {
        vault.open_key(self.row.id.0, &self.row.data_key)
    }

    /// The names.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn name(&self, vault: &Vault) -> Result<Name, Unreadable> {
        self.key(vault)?
            .open(place(self.row.id, "name"), &self.row.name)
    }

    /// The licences.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn licences(&self, vault: &Vault) -> Result<Vec<Licence>, Unreadable> {
        self.key(vault)?
            .open(place(self.row.id, "licences"), &self.row.licences)
    }
}

/// Where a cell of this doctor's row lies.
pub(super) fn place(doctor: DoctorId, column: &'static str) -> Place {
    Place::new("doctor", column, doctor.0)
}

/// The hash that a doctor is recognised by when imported again.
#[must_use]
pub fn source_index(vault: &Vault, source: &str) -> BlindIndex {
    vault.index().of("doctor.source", source.as_bytes())
}

/// What is known about a doctor who is not in the database yet.
#[derive(Clone)]
pub struct NewDoctor {
    /// The id they will have.
    pub id: DoctorId,
    /// The account they sign in with, if they have one.
    pub user: Option<UserId>,
    /// The names.
    pub name: Name,
    /// What they are trained in.
    pub specialties: Vec<Coding>,
    /// Leave to practise.
    pub licences: Vec<Licence>,
    /// Where they work.
    pub department: Option<DepartmentId>,
    /// IANA zone of their working hours.
    pub zone: String,
    /// Whether new patients may book.
    pub accepts_new_patients: bool,
    /// The identifier at the source they are imported from.
    pub source: Option<String>,
}

impl NewDoctor {
    /// The doctor's row, sealed under a fresh key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of a person's size.
    pub fn seal(&self, vault: &Vault, now: DateTime<Utc>) -> Result<doctor::Model, Unreadable> {
        let (key, data_key) = vault.new_key(self.id.0)?;
        let source = self.source.as_deref();
        Ok(doctor::Model {
            id: self.id,
            user_id: self.user,
            data_key,
            name: key.seal(place(self.id, "name"), &self.name)?,
            licences: key.seal(place(self.id, "licences"), &self.licences)?,
            specialties: Specialties(self.specialties.clone()),
            department_id: self.department,
            zone: self.zone.clone(),
            accepts_new_patients: self.accepts_new_patients,
            source_index: source.map(|source| source_index(vault, source)),
            version: 1,
            created_at: now,
        })
    }
}
