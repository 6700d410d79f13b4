//! From what an entry says to the rows that are written, and back. Reads no database and no clock.

mod change;

pub use change::{Changing, SealedChange, Turn};

use super::content::Content;
use super::safety::Conflict;
use super::vital::{Vital, VitalCode};
use crate::state::Face;
use crate::vault::{DataKey, IndexKey, Place, Unreadable, Vault};
use chrono::{DateTime, Utc};
use entity::cell::{BlindIndex, Sealed};
use entity::code::RecordSource;
use entity::id::{AppointmentId, PanelId, PatientId, RecordId, RecordVersionId, UserId};
use entity::{chart_record, chart_version};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An entry that is not in the chart yet.
pub struct NewRecord<C> {
    /// The id it will have.
    pub id: RecordId,
    /// The id of its first version.
    pub version: RecordVersionId,
    /// Whose chart.
    pub patient: PatientId,
    /// What it says.
    pub content: C,
    /// Whose word it is.
    pub source: RecordSource,
    /// Who records it.
    pub recorded_by: Option<UserId>,
}

/// What an entry of a visit is tied to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ties {
    /// At which visit; of this chart.
    pub encounter: Option<RecordId>,
    /// What it is added to, or what ordered it; of this chart.
    pub parent: Option<RecordId>,
    /// Of a visit: the appointment that it is of.
    pub appointment: Option<AppointmentId>,
}

impl Ties {
    /// Whether there are none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A new entry's rows, ready to be written.
#[derive(Clone)]
pub struct SealedRecord {
    /// The entry.
    pub record: chart_record::Model,
    /// Its first version.
    pub version: chart_version::Model,
}

impl<C: Content> NewRecord<C> {
    /// Seals it under the patient's key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal(&self, key: &DataKey, now: DateTime<Utc>) -> Result<SealedRecord, Unreadable> {
        Ok(SealedRecord {
            record: chart_record::Model {
                id: self.id,
                patient_id: self.patient,
                kind: C::KIND,
                status: self.content.status(),
                source: self.source,
                code_index: None,
                panel_id: None,
                effective_at: self.content.effective_at().unwrap_or(now),
                content: key.seal(place(self.id), &self.content)?,
                version: 1,
                created_at: now,
                updated_at: now,
                recorded_by: self.recorded_by,
                author_id: None,
                encounter_id: None,
                parent_id: None,
                appointment_id: None,
                signed_at: None,
                signed_version: None,
                shared_at: None,
                shared_version: None,
                withdrawn_version: None,
                provenance: None,
            },
            version: chart_version::Model {
                id: self.version,
                record_id: self.id,
                version: 1,
                content: key.seal(version_place(self.version), &self.content)?,
                reason: None,
                overridden: None,
                proposal_id: None,
                recorded_as: self.source,
                recorded_at: now,
                recorded_by: self.recorded_by,
            },
        })
    }
}

impl SealedRecord {
    /// The same, tied to its visit, and its author's.
    #[must_use]
    pub fn tied(mut self, author: Option<UserId>, ties: Ties) -> Self {
        self.record.author_id = author;
        self.record.encounter_id = ties.encounter;
        self.record.parent_id = ties.parent;
        self.record.appointment_id = ties.appointment;
        self
    }

    /// The same, shown to the patient from the first.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.record.shared_at = Some(self.record.created_at);
        self.record.shared_version = Some(self.record.version);
        self
    }

    /// The same, signed as it came to be.
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.record.signed_at = Some(self.record.created_at);
        self.record.signed_version = Some(self.record.version);
        self
    }
}

impl NewRecord<Vital> {
    /// The same for a vital sign, found by what was measured and by what it was taken with.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal_in(
        &self,
        panel: PanelId,
        index: &IndexKey,
        key: &DataKey,
        now: DateTime<Utc>,
    ) -> Result<SealedRecord, Unreadable> {
        let mut sealed = self.seal(key, now)?;
        sealed.record.panel_id = Some(panel);
        let tag = code_tag(index, self.content.code);
        sealed.record.code_index = Some(BlindIndex(tag.to_vec()));
        Ok(sealed)
    }
}

/// What an entry says; whoever asks has been allowed to read it.
///
/// # Errors
/// When the cell does not open, or is of another kind.
pub fn open<C: Content>(
    face: &Face,
    vault: &Vault,
    row: &chart_record::Model,
) -> Result<C, Unreadable> {
    match row.kind == C::KIND {
        true => face.key(vault)?.open(place(row.id), &row.content),
        false => Err(Unreadable),
    }
}

/// The same of an entry of any kind, as it lies sealed.
///
/// # Errors
/// When the cell does not open.
pub fn open_any<T: DeserializeOwned>(
    face: &Face,
    vault: &Vault,
    row: &chart_record::Model,
) -> Result<T, Unreadable> {
    face.key(vault)?.open(place(row.id), &row.content)
}

/// The same for a transaction, which has the patient's key.
///
/// # Errors
/// When the cell does not open, or is of another kind.
pub fn open_with<C: Content>(key: &DataKey, row: &chart_record::Model) -> Result<C, Unreadable> {
    match row.kind == C::KIND {
        true => key.open(place(row.id), &row.content),
        false => Err(Unreadable),
    }
}

/// Seals why an order is given, and in spite of what.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal_overridden(
    key: &DataKey,
    version: RecordVersionId,
    reason: &str,
    conflicts: &[Conflict],
) -> Result<(Sealed, Sealed), Unreadable> {
    let overridden = Place::new("chart_version", "overridden", version.0);
    Ok((
        key.seal(reason_place(version), reason)?,
        key.seal(overridden, conflicts)?,
    ))
}

/// In spite of what an order was given in this version; nothing for any other.
///
/// # Errors
/// When the cell does not open.
pub fn open_overridden(
    face: &Face,
    vault: &Vault,
    row: &chart_version::Model,
) -> Result<Vec<Conflict>, Unreadable> {
    let Some(cell) = &row.overridden else {
        return Ok(Vec::new());
    };
    let overridden = Place::new("chart_version", "overridden", row.id.0);
    face.key(vault)?.open(overridden, cell)
}

/// What an entry said in this version.
///
/// # Errors
/// When the cell does not open.
pub fn open_version<T: DeserializeOwned>(
    face: &Face,
    vault: &Vault,
    row: &chart_version::Model,
) -> Result<T, Unreadable> {
    let place = version_place(row.id);
    face.key(vault)?.open(place, &row.content)
}

/// Why the entry was entered in error in this version, or ordered in spite of something, if somebody said so.
///
/// # Errors
/// When the cell does not open.
pub fn open_reason(
    face: &Face,
    vault: &Vault,
    row: &chart_version::Model,
) -> Result<Option<String>, Unreadable> {
    let reason = row.reason.as_ref();
    let open = |cell| face.key(vault)?.open(reason_place(row.id), cell);
    reason.map(open).transpose()
}

/// What vital signs of this code are found by. It is the same for all patients, so that a page of them is one statement; a
/// copy of the database tells that two readings are of one kind, and not of which.
#[must_use]
pub fn code_tag(index: &IndexKey, code: VitalCode) -> [u8; 16] {
    let (code, _) = code.loinc()[0];
    index.tag("chart code", code.as_bytes())
}

fn place(record: RecordId) -> Place {
    Place::new("chart_record", "content", record.0)
}

pub(super) fn provenance_place(record: RecordId) -> Place {
    Place::new("chart_record", "provenance", record.0)
}

fn version_place(version: RecordVersionId) -> Place {
    Place::new("chart_version", "content", version.0)
}

fn reason_place(version: RecordVersionId) -> Place {
    Place::new("chart_version", "reason", version.0)
}
