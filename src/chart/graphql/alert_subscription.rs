//! Alerts, live: to whom they are called, and to whoever follows the patient.

use super::alert::VitalAlert;
use super::subscription::{ChartsOf, own_panel};
use crate::access::{Permit, Viewer};
use crate::chart::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask as _};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use crate::state::State;
use async_graphql::{Context, Enum, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::VitalAlertId;
use entity::{event, patient, vital_alert};
use std::sync::Arc;

/// The live field of alerts.
#[derive(Default)]
pub struct AlertSubscription;

/// What happened to an alert. Whoever may see the alert may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertChangeKind {
    /// It was raised, and the first of the care team was called.
    Raised,
    /// Nobody took it on in time, and the next was called.
    Escalated,
    /// Somebody took it on.
    Acknowledged,
    /// The reading was entered in error.
    Closed,
}

/// An alert was raised, passed on, taken on or closed. It reaches only whoever may see it at that moment.
#[derive(SimpleObject)]
pub struct AlertChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: AlertChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The alert as it is now, or later if changed again since. Whoever receives the change may read it.
    pub alert: VitalAlert,
}

crate::live_message!(
    /// What a subscriber to alerts receives. Whoever follows the stream may read it.
    AlertMessage,
    AlertChange
);

#[Subscription]
impl AlertSubscription {
    /// Follows alerts on vital signs: each change exactly once and in order. Of a panel a doctor is told of alerts that they are
    /// called to, from their call on: with RAISED when they are the first, with ESCALATED when nobody before them took it on. Of a
    /// patient all is told. With `after`, first what happened since that cursor, then `CaughtUp`, then live. The patient, doctors
    /// who treat them and whoever broke the glass may follow a patient's, and doctors those of their panel.
    #[graphql(guard = "SignedIn")]
    async fn alert_raised(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] of: ChartsOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<AlertMessage>, ApiError> {
        let series = of.series(&ctx.viewer())?;
        let panel = matches!(series, Series::Doctor(_));
        live::follow(ctx, series, after, Alerts { panel }).await
    }
}

/// An alert with its patient.
type Of = (Arc<vital_alert::Model>, Arc<patient::Model>);

/// The alerts of a stream.
struct Alerts {
    /// Whether the stream is a doctor's, and only whom they treat is meant.
    panel: bool,
}

impl Channel for Alerts {
    type Kind = AlertChangeKind;
    type Thing = Of;
    type Message = AlertMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Patient(patient) => service::may_follow_alerts(state, viewer, *patient).await,
            Series::Doctor(doctor) => Ok(own_panel(viewer, *doctor)),
            Series::Clinic | Series::User(_) | Series::Access(_) => Ok(None),
        }
    }

    fn kind(&self, event: &event::Model) -> Option<AlertChangeKind> {
        match event.kind {
            EventKind::AlertRaised => Some(AlertChangeKind::Raised),
            EventKind::AlertEscalated => Some(AlertChangeKind::Escalated),
            EventKind::AlertAcknowledged => Some(AlertChangeKind::Acknowledged),
            EventKind::AlertClosed => Some(AlertChangeKind::Closed),
            _ => None,
        }
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Of>, Fault> {
        let alerts = &state.loaders.charts.alerts;
        let Some(row) = alerts.load(VitalAlertId(event.subject)).await? else {
            return Ok(None);
        };
        let patient = state.loaders.patients.load(row.patient_id).await?;
        Ok(patient.map(|patient| (row, patient)))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: AlertChangeKind,
        (_, patient): &Of,
    ) -> Result<bool, Fault> {
        match self.panel {
            true => service::may_see_called(state, viewer, patient).await,
            false => service::may_see_alert(state, viewer, patient).await,
        }
    }

    fn message(&self, change: Change<AlertChangeKind, Of>) -> AlertMessage {
        let (row, patient) = change.thing;
        AlertMessage::AlertChange(AlertChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            alert: VitalAlert::shown(row, Patient::identified(PatientRecord::new(patient))),
        })
    }
}
