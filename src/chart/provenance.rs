//! Where an entry came from that was taken in from elsewhere: plain data as it lies sealed. Like a person's cells, it cannot be
//! printed by accident.

use super::sealed::provenance_place;
use crate::state::Face;
use crate::vault::{DataKey, Unreadable, Vault};
use chrono::{DateTime, Utc};
use entity::cell::Sealed;
use entity::chart_record;
use entity::id::{DoctorId, RecordId};
use serde::{Deserialize, Serialize};

/// The most who are kept of those who had to do with an entry.
pub const MOST_AGENTS: usize = 8;

/// Where an entry came from; it never changes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// What the entry is called there, as it was told: the address of a resource, or its type and id.
    pub source: String,
    /// When it was written down there, if that is told to the day at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<DateTime<Utc>>,
    /// Who is said to have had to do with it; at most [`MOST_AGENTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent>,
}

/// Somebody who is said to have had to do with an entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// What.
    pub role: AgentRole,
    /// Who.
    pub who: Who,
}

/// Who somebody is that another system tells of.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Who {
    /// A doctor who is here.
    Doctor(DoctorId),
    /// The patient.
    Patient,
    /// Somebody who is not here, by name as it was told.
    Named(String),
}

/// What somebody had to do with an entry (FHIR R4, provenance participant type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AgentRole {
    /// Whose statement or order it is.
    Author,
    /// Who wrote it down.
    Enterer,
    /// Who told of it.
    Informant,
    /// Who did what it tells of.
    Performer,
}

impl Provenance {
    /// Sealed under the patient's key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal(&self, key: &DataKey, record: RecordId) -> Result<Sealed, Unreadable> {
        key.seal(provenance_place(record), self)
    }

    /// Where an entry came from, if it was not made here.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn open(
        face: &Face,
        vault: &Vault,
        row: &chart_record::Model,
    ) -> Result<Option<Self>, Unreadable> {
        let cell = row.provenance.as_ref();
        let open = |cell| face.key(vault)?.open(provenance_place(row.id), cell);
        cell.map(open).transpose()
    }

    /// Those who had this to do with it.
    pub fn who(&self, role: AgentRole) -> impl Iterator<Item = &Who> {
        let agents = self.agents.iter();
        agents
            .filter(move |agent| agent.role == role)
            .map(|agent| &agent.who)
    }
}
