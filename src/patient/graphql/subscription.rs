//! Patients, live.

use super::Patient;
use crate::access::{Permit, Viewer};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, decode_id};
use crate::patient::{PatientRecord, service};
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::PatientId;
use entity::{event, patient};
use std::sync::Arc;

/// The live fields of patients.
#[derive(Default)]
pub struct PatientSubscription;

/// Which patients to follow: exactly one of them.
#[derive(OneofObject)]
pub enum PatientsOf {
    /// One patient. The patient, those who treat them and administrators may.
    Patient(ID),
    /// All patients of the clinic, with true. Administrators may.
    Clinic(bool),
}

/// A change of a patient's administrative data. It reaches only whoever may see the patient at that moment.
#[derive(SimpleObject)]
pub struct PatientChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The patient as they are now, or later if changed again since. Whoever receives the change may read it.
    pub patient: Patient,
}

crate::live_message!(
    /// What a subscriber to patients receives. Whoever follows the stream may read it.
    PatientMessage,
    PatientChange
);

#[Subscription]
impl PatientSubscription {
    /// Follows patients' administrative data: each change exactly once and in order. With `after`, first what happened
    /// since that cursor, then `CaughtUp`, then live. The patient, those who treat them and administrators may follow.
    #[graphql(guard = "SignedIn")]
    async fn patient_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which patients.")] of: PatientsOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<PatientMessage>, ApiError> {
        let series = match of {
            PatientsOf::Patient(id) => Series::Patient(decode_id(&id)?),
            PatientsOf::Clinic(true) => Series::Clinic,
            PatientsOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        live::follow(ctx, series, after, Patients).await
    }
}

/// The patients of a stream.
struct Patients;

impl Channel for Patients {
    type Kind = ();
    type Thing = Arc<patient::Model>;
    type Message = PatientMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        service::may_follow(state, viewer, series).await
    }

    fn kind(&self, event: &event::Model) -> Option<()> {
        (event.kind == EventKind::PatientUpdated).then_some(())
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Arc<patient::Model>>, Fault> {
        state.loaders.patients.load(PatientId(event.subject)).await
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: (),
        row: &Arc<patient::Model>,
    ) -> Result<bool, Fault> {
        service::may_identify(state, viewer, row).await
    }

    fn message(&self, change: Change<(), Arc<patient::Model>>) -> PatientMessage {
        PatientMessage::PatientChange(PatientChange {
            cursor: change.cursor,
            occurred_at: change.occurred_at,
            patient: Patient::identified(PatientRecord::new(change.thing)),
        })
    }
}
