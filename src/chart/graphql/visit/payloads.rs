//! What the verbs of visits answer.

use super::refusal::{
    AddVisitNoteAddendumError, PlaceOrderError, RecordEncounterError, RecordTestResultError,
    RecordVisitNoteError, ShareWithPatientError, SignVisitNoteError, UpdateEncounterError,
    UpdateOrderError, UpdateTestResultError, UpdateVisitNoteError,
};
use super::{Encounter, Order, TestResult, VisitNote};
use crate::chart::graphql::ChartRecord;
use crate::chart::graphql::payloads::payloads;
use crate::chart::service::{RecordRefusal, UpdateRefusal};
use crate::graphql::{ApiResult, as_it_stays};
use async_graphql::{Context, SimpleObject};
use entity::id::{EncounterId, OrderId, RecordId, TestResultId, VisitNoteId};

payloads! {
    Encounter encounter EncounterId;
    RecordEncounterPayload RecordEncounterError; UpdateEncounterPayload UpdateEncounterError;
    VisitNote visit_note VisitNoteId;
    RecordVisitNotePayload RecordVisitNoteError; UpdateVisitNotePayload UpdateVisitNoteError;
    Order order OrderId;
    PlaceOrderPayload PlaceOrderError; UpdateOrderPayload UpdateOrderError;
    TestResult test_result TestResultId;
    RecordTestResultPayload RecordTestResultError; UpdateTestResultPayload UpdateTestResultError;
}

/// What came of signing a note. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct SignVisitNotePayload {
    /// The note as it is now, signed or not; absent when there is none.
    pub visit_note: Option<VisitNote>,
    /// Why it was not.
    pub user_errors: Vec<SignVisitNoteError>,
}

/// What came of adding to a note. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct AddVisitNoteAddendumPayload {
    /// The addendum, if it was added.
    pub addendum: Option<VisitNote>,
    /// Why it was not.
    pub user_errors: Vec<AddVisitNoteAddendumError>,
}

/// What came of sharing an entry with the patient. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct ShareWithPatientPayload {
    /// The entry as it is now, done or not; absent when there is none.
    pub record: Option<ChartRecord>,
    /// Why nothing changed.
    pub user_errors: Vec<ShareWithPatientError>,
}
