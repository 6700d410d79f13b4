//! Patients, live.

use super::Patient;
use crate::access::{Permit, Viewer};
use crate::account;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, AccessEnded, CaughtUp, Channel, Event, ResyncRequired};
use crate::graphql::{ApiError, ApiResult, Ask, decode_id};
use crate::patient::{PatientRecord, service};
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription, Union};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::PatientId;
use futures_util::stream::BoxStream;
use std::sync::Arc;

/// The live fields of patients.
#[derive(Default)]
pub struct PatientSubscription;

/// Which patients to follow: exactly one of them.
#[derive(OneofObject)]
pub enum PatientsOf {
    /// One patient. The patient, doctors who treat them or have broken the glass, and administrators may.
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

/// What a subscriber to patients receives. Whoever follows the stream may read it.
#[derive(Union)]
pub enum PatientMessage {
    /// Something happened.
    PatientChange(PatientChange),
    /// The past has been delivered.
    CaughtUp(CaughtUp),
    /// The cursor is too old.
    ResyncRequired(ResyncRequired),
    /// The right has ended.
    AccessEnded(AccessEnded),
}

#[Subscription]
impl PatientSubscription {
    /// Follows patients' administrative data: each change exactly once and in order. With `after`, first what happened
    /// since that cursor, then `CaughtUp`, then live. The patient, doctors who treat them or have broken the glass, and
    /// administrators may follow.
    #[graphql(guard = "SignedIn")]
    async fn patient_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which patients.")] of: PatientsOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, ApiResult<PatientMessage>>, ApiError> {
        let series = match of {
            PatientsOf::Patient(id) => Series::Patient(decode_id(&id)?),
            PatientsOf::Clinic(true) => Series::Clinic,
            PatientsOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        live::follow(
            Arc::clone(ctx.state()?),
            ctx.viewer(),
            series,
            after,
            Patients,
        )
        .await
    }
}

/// The patients of a stream.
struct Patients;

impl Channel for Patients {
    type Message = PatientMessage;

    async fn refreshed(&self, state: &State, viewer: &Viewer) -> Result<Viewer, Fault> {
        account::refreshed(state, viewer).await
    }

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        service::may_follow(state, viewer, series).await
    }

    async fn message(
        &self,
        state: &State,
        viewer: &Viewer,
        event: &Event,
        cursor: String,
    ) -> Result<Option<PatientMessage>, Fault> {
        if event.event.kind != EventKind::PatientUpdated {
            return Ok(None);
        }
        let subject = PatientId(event.event.subject);
        let Some(row) = live::shared(event, state.loaders.patients.load(subject)).await? else {
            return Ok(None);
        };
        if !service::may_identify(state, viewer, &row).await? {
            return Ok(None);
        }
        Ok(Some(PatientMessage::PatientChange(PatientChange {
            cursor,
            occurred_at: event.event.occurred_at,
            patient: Patient::identified(PatientRecord::new(row)),
        })))
    }
}
