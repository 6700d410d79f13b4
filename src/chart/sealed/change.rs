//! A change of an entry, from what it says to the rows that are written.

use super::{place, reason_place, version_place};
use crate::chart::content::Content;
use crate::vault::{DataKey, Unreadable};
use chrono::{DateTime, Utc};
use entity::code::RecordSource;
use entity::id::{RecordId, RecordVersionId, UserId};
use entity::{chart_record, chart_version};
use sea_orm::ActiveValue::Set;
use serde::Serialize;

/// A change of an entry, ready to be written.
#[derive(Clone)]
pub struct SealedChange {
    /// Which entry.
    pub id: RecordId,
    /// The version that is changed.
    pub from: i32,
    /// What becomes of the row.
    pub row: chart_record::ActiveModel,
    /// The version that comes of it.
    pub version: chart_version::Model,
}

/// Who changes an entry, when, and why.
pub struct Changing {
    /// The id of the new version.
    pub version: RecordVersionId,
    /// Who they are to the chart.
    pub as_: RecordSource,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it was entered in error.
    pub reason: Option<String>,
}

/// What becomes of an entry on its way to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Stays,
    /// Its author signs it.
    Signed,
    /// The patient is shown it from now on.
    Shared,
    /// The patient is shown it no longer.
    Withdrawn,
}

/// What a version says: the entry, and whether the patient is shown it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a, C> {
    #[serde(flatten)]
    content: &'a C,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shared_with_patient: bool,
}

impl Changing {
    /// What becomes of this entry when it says this from now on.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal<C: Content>(
        self,
        row: &chart_record::Model,
        content: &C,
        key: &DataKey,
    ) -> Result<SealedChange, Unreadable> {
        self.turn(row, content, Turn::Stays, key)
    }

    /// The same, with a turn on its way to the patient.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn turn<C: Content>(
        self,
        row: &chart_record::Model,
        content: &C,
        turn: Turn,
        key: &DataKey,
    ) -> Result<SealedChange, Unreadable> {
        let version = row.version + 1;
        let reason = self.reason.as_ref();
        let reason = reason.map(|reason| key.seal(reason_place(self.version), reason));
        let mut changed = chart_record::ActiveModel {
            status: Set(content.status()),
            version: Set(version),
            updated_at: Set(self.at),
            recorded_by: Set(Some(self.by)),
            ..Default::default()
        };
        // What was signed stays as it is, to the byte: what becomes of it stands in the other columns.
        if row.signed_at.is_none() {
            changed.effective_at = Set(content.effective_at().unwrap_or(row.created_at));
            changed.content = Set(key.seal(place(row.id), content)?);
        }
        match turn {
            Turn::Stays => {}
            Turn::Signed => {
                changed.signed_at = Set(Some(self.at));
                changed.signed_version = Set(Some(version));
            }
            Turn::Shared => {
                changed.shared_at = Set(Some(self.at));
                changed.shared_version = Set(Some(version));
            }
            Turn::Withdrawn => {
                changed.shared_at = Set(None);
                changed.shared_version = Set(None);
                changed.withdrawn_version = Set(Some(version));
            }
        }
        let said = Said {
            content,
            shared_with_patient: match turn {
                Turn::Shared => true,
                Turn::Withdrawn => false,
                Turn::Stays | Turn::Signed => row.shared_at.is_some(),
            },
        };
        Ok(SealedChange {
            id: row.id,
            from: row.version,
            row: changed,
            version: chart_version::Model {
                id: self.version,
                record_id: row.id,
                version,
                content: key.seal(version_place(self.version), &said)?,
                reason: reason.transpose()?,
                overridden: None,
                proposal_id: None,
                recorded_as: self.as_,
                recorded_at: self.at,
                recorded_by: Some(self.by),
            },
        })
    }
}
