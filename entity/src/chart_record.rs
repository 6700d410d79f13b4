//! An entry of a patient's chart, as it stands now.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::{RecordKind, RecordSource, RecordStatus};
use crate::id::{AppointmentId, PanelId, PatientId, RecordId, UserId};

/// An entry of a patient's chart, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chart_record")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordId,
    /// Whose chart.
    pub patient_id: PatientId,
    /// What it is.
    pub kind: RecordKind,
    /// Where it stands.
    pub status: RecordStatus,
    /// Whose word it is.
    pub source: RecordSource,
    /// Of a vital sign: a keyed hash of what was measured.
    pub code_index: Option<BlindIndex>,
    /// Of a vital sign: what it was taken together with.
    pub panel_id: Option<PanelId>,
    /// When it happened, or was recorded if that is not known; lists are in this order.
    pub effective_at: DateTimeUtc,
    /// Sealed under the patient's key: all that it says.
    pub content: Sealed,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was recorded.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who recorded it as it stands.
    pub recorded_by: Option<UserId>,
    /// Of what is done at visits: whose it is.
    pub author_id: Option<UserId>,
    /// Of a note, an order or a result: at which visit.
    pub encounter_id: Option<RecordId>,
    /// Of an addendum, the note that it is added to; of a result, what ordered it.
    pub parent_id: Option<RecordId>,
    /// Of a visit: the appointment that it is of.
    pub appointment_id: Option<AppointmentId>,
    /// Of a note: when its author signed it.
    pub signed_at: Option<DateTimeUtc>,
    /// Of a note: by which version that was.
    pub signed_version: Option<i32>,
    /// Of what is done at visits: since when the patient is shown it.
    pub shared_at: Option<DateTimeUtc>,
    /// Of what is done at visits: since which version that is.
    pub shared_version: Option<i32>,
    /// The version at which it was last taken back from the patient.
    pub withdrawn_version: Option<i32>,
    /// Sealed under the patient's key: where it came from, if it was taken in from elsewhere.
    pub provenance: Option<Sealed>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
