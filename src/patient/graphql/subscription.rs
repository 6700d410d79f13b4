//! Patients, live.

use super::Patient;
use super::codes::PatientChangeKind;
use crate::access::{Action, Permit, Resource, Viewer, look, require};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask, decode_id};
use crate::patient::{PatientRecord, service};
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::{CareTeamMemberId, PatientId};
use entity::{event, patient};
use std::sync::Arc;

/// The live fields of patients.
#[derive(Default)]
pub struct PatientSubscription;

/// Which patients to follow: exactly one of them.
#[derive(OneofObject)]
pub enum PatientsOf {
    /// One patient. The patient, doctors who treat them or have broken the glass, and administrators may.
    Patient(ID),
    /// Those in whose care teams you are, with true: also that one enters or leaves them. Doctors may.
    Panel(bool),
    /// All patients of the clinic, with true. Administrators may.
    Clinic(bool),
}

/// A change of a patient's administrative data. It reaches only whoever may see the patient at that moment.
#[derive(SimpleObject)]
pub struct PatientChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: PatientChangeKind,
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
    /// since that cursor, then `CaughtUp`, then live. Of a panel a doctor is also told who enters and leaves it; a membership
    /// that begins or ends by itself, at its time, is not told, but from then on its patient's changes are or are not. The
    /// patient, doctors who treat them or have broken the glass, and administrators may follow.
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
        let panel = matches!(of, PatientsOf::Panel(_));
        let series = match of {
            PatientsOf::Patient(id) => Series::Patient(decode_id(&id)?),
            PatientsOf::Clinic(true) => Series::Clinic,
            PatientsOf::Panel(true) => {
                let own = ctx.viewer().signed_in()?.doctor;
                Series::Doctor(own.ok_or(Fault::Forbidden)?)
            }
            PatientsOf::Panel(false) => {
                return Err(Fault::BadRequest("`panel` is followed with true.").into());
            }
            PatientsOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        live::follow(ctx, series, after, Patients { panel }).await
    }
}

/// The patients of a stream.
struct Patients {
    /// Whether the stream is a doctor's, and only whom they treat is meant.
    panel: bool,
}

impl Channel for Patients {
    type Kind = PatientChangeKind;
    type Thing = Arc<patient::Model>;
    type Message = PatientMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Doctor(doctor) => {
                let may = require(viewer, Action::Read, &Resource::DoctorSchedule(*doctor)).is_ok();
                Ok(may.then(Permit::default))
            }
            Series::Patient(_) | Series::Clinic | Series::User(_) | Series::Access(_) => {
                service::may_follow(state, viewer, series).await
            }
        }
    }

    fn kind(&self, event: &event::Model) -> Option<PatientChangeKind> {
        match event.kind {
            EventKind::PatientUpdated => Some(PatientChangeKind::Updated),
            // A membership is made, and then can only end.
            EventKind::CareTeamChanged if self.panel => Some(match event.version {
                1 => PatientChangeKind::EnteredPanel,
                _ => PatientChangeKind::LeftPanel,
            }),
            _ => None,
        }
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Arc<patient::Model>>, Fault> {
        let patient = match event.kind {
            EventKind::CareTeamChanged => {
                let member = CareTeamMemberId(event.subject);
                let member = state.loaders.care_team_members.load(member).await?;
                member.map(|member| member.patient_id)
            }
            _ => Some(PatientId(event.subject)),
        };
        match patient {
            Some(patient) => state.loaders.patients.load(patient).await,
            None => Ok(None),
        }
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        kind: PatientChangeKind,
        row: &Arc<patient::Model>,
    ) -> Result<bool, Fault> {
        if !self.panel {
            return service::may_identify(state, viewer, row).await;
        }
        // Whoever has left is in the panel no more, and the doctor is told so as far as any doctor may know who it is.
        let facts = state.facts(viewer, &**row).await?;
        if kind != PatientChangeKind::LeftPanel && !facts.care_team {
            return Ok(false);
        }
        Ok(look(viewer, Action::Read, &Resource::Identity(facts)).is_allowed())
    }

    fn message(&self, change: Change<PatientChangeKind, Arc<patient::Model>>) -> PatientMessage {
        PatientMessage::PatientChange(PatientChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            patient: Patient::identified(PatientRecord::new(change.thing)),
        })
    }
}
