//! Charts, live.

use super::codes::{RecordChangeKind, RecordKind, VitalChangeKind};
use super::entry::{ChartRecord, Entry, id_of};
use super::vital::Vital;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::chart::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{
    self, AccessEnded, CaughtUp, Change, Channel, Messages, NoLongerShared, ResyncRequired,
};
use crate::graphql::{ApiError, Ask as _, decode_id};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::{self, EventKind};
use entity::id::{DoctorId, RecordId};
use entity::{chart_record, event, patient};
use std::marker::PhantomData;
use std::sync::Arc;

/// The most kinds that can be named.
const MOST_KINDS: usize = 10;

/// The live fields of charts.
#[derive(Default)]
pub struct ChartSubscription;

/// An entry of the chart came to be or changed. It reaches only whoever may see the entry at that moment; the patient from whom
/// one is taken back is told so (`NoLongerShared`).
#[derive(SimpleObject)]
pub struct RecordChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: RecordChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The entry as it is now, or later if changed again since. Whoever receives the change may read it.
    pub record: ChartRecord,
}

/// A vital sign was taken, or turned out to have been entered in error. It reaches only whoever may see it at that moment.
#[derive(SimpleObject)]
pub struct VitalChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: VitalChangeKind,
    /// When it was recorded. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The reading as it is now. Whoever receives the change may read it.
    pub vital: Vital,
}

/// Whose charts to follow: exactly one of them.
#[derive(OneofObject)]
pub enum ChartsOf {
    /// One patient's. The patient, doctors who treat them and whoever broke the glass may.
    Patient(ID),
    /// Those of the patients in whose care teams you are, with true. Doctors may.
    Panel(bool),
}

impl ChartsOf {
    /// The stream that tells of them.
    ///
    /// # Errors
    /// When it is no id, or nobody's panel.
    pub fn series(self, viewer: &Viewer) -> Result<Series, Fault> {
        match self {
            Self::Patient(id) => Ok(Series::Patient(decode_id(&id)?)),
            Self::Panel(true) => {
                let own = viewer.signed_in()?.doctor;
                Ok(Series::Doctor(own.ok_or(Fault::Forbidden)?))
            }
            Self::Panel(false) => Err(Fault::BadRequest("`panel` is followed with true.")),
        }
    }
}

/// Whose charts, said in the one way or the other.
fn said(of: Option<ChartsOf>, patient: Option<ID>) -> Result<ChartsOf, Fault> {
    match (of, patient) {
        (Some(of), None) => Ok(of),
        (None, Some(id)) => Ok(ChartsOf::Patient(id)),
        _ => Err(Fault::BadRequest("Say whose with `of`.")),
    }
}

crate::live_message!(
    /// What a subscriber to a chart's entries receives. Whoever follows the stream may read it.
    RecordMessage,
    RecordChange,
    NoLongerShared
);

crate::live_message!(
    /// What a subscriber to vital signs receives. Whoever follows the stream may read it.
    VitalMessage,
    VitalChange
);

#[Subscription]
impl ChartSubscription {
    /// Follows the entries of charts, vital signs aside: each change exactly once and in order. With `after`, first what happened
    /// since that cursor, then `CaughtUp`, then live. The patient, doctors who treat them and whoever broke the glass may follow a
    /// patient's, and doctors those of their panel.
    #[graphql(guard = "SignedIn")]
    async fn record_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose charts; to be said.")] of: Option<ChartsOf>,
        #[graphql(
            desc = "Whose chart.",
            deprecation = "Say it with `of: { patient: … }`; goes on 2027-06-01."
        )]
        patient: Option<ID>,
        #[graphql(desc = "Only entries of these kinds; at most 10. All unless said.")]
        kinds: Option<Vec<RecordKind>>,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<RecordMessage>, ApiError> {
        const MANY: Fault = Fault::BadRequest("`kinds` has at most 10 kinds.");
        let series = said(of, patient)?.series(&ctx.viewer())?;
        let kinds = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect::<Vec<_>>());
        if kinds.as_ref().is_some_and(|kinds| kinds.len() > MOST_KINDS) {
            return Err(MANY.into());
        }
        live::follow(ctx, series, after, Entries::<Records>::of(&series, kinds)).await
    }

    /// Follows vital signs: each reading exactly once and in order. With `after`, first what was recorded since that cursor, then
    /// `CaughtUp`, then live. The patient, doctors who treat them and whoever broke the glass may follow a patient's, and doctors
    /// those of their panel.
    #[graphql(guard = "SignedIn")]
    async fn vital_recorded(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; to be said.")] of: Option<ChartsOf>,
        #[graphql(
            desc = "Whose.",
            deprecation = "Say it with `of: { patient: … }`; goes on 2027-06-01."
        )]
        patient: Option<ID>,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<VitalMessage>, ApiError> {
        let series = said(of, patient)?.series(&ctx.viewer())?;
        live::follow(ctx, series, after, Entries::<Vitals>::of(&series, None)).await
    }
}

/// An entry with its patient.
type Of = (Arc<chart_record::Model>, Arc<patient::Model>, i32);

/// What differs between the live fields of a chart.
trait Told: Send + Sync + 'static {
    /// What leave to follow it is asked for as.
    const AS: code::RecordKind;
    /// What its events say happened.
    const EVENT: EventKind;

    /// What can happen.
    type Kind: Copy + Send + Sync;
    /// What its subscribers receive.
    type Message: From<CaughtUp> + From<ResyncRequired> + From<AccessEnded> + Send + 'static;

    /// What made this version of an entry.
    fn kind(version: i32) -> Self::Kind;

    /// What the patient from whom an entry is taken back is told; nothing where none can be.
    fn taken_back(_told: NoLongerShared) -> Option<Self::Message> {
        None
    }

    /// What they are told of it.
    fn message(change: Change<Self::Kind, Of>) -> Self::Message;
}

/// The entries of a stream that are told so.
struct Entries<T> {
    /// Whether the stream is a doctor's, and only whom they treat is meant.
    panel: bool,
    /// Only those of these kinds, if said.
    kinds: Option<Vec<code::RecordKind>>,
    told: PhantomData<T>,
}

impl<T> Entries<T> {
    fn of(series: &Series, kinds: Option<Vec<code::RecordKind>>) -> Self {
        Self {
            panel: matches!(series, Series::Doctor(_)),
            kinds,
            told: PhantomData,
        }
    }

    /// Whether entries of this kind were asked for.
    fn is_meant(&self, row: &chart_record::Model) -> bool {
        let kinds = self.kinds.as_ref();
        kinds.is_none_or(|kinds| kinds.contains(&row.kind))
    }
}

/// Leave to follow the panel of the doctor that the viewer is.
#[must_use]
pub fn own_panel(viewer: &Viewer, doctor: DoctorId) -> Option<Permit> {
    let may = require(viewer, Action::Read, &Resource::DoctorSchedule(doctor)).is_ok();
    may.then(Permit::default)
}

impl<T: Told> Channel for Entries<T> {
    type Kind = T::Kind;
    type Thing = Of;
    type Message = T::Message;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Patient(patient) => service::may_follow(state, viewer, *patient, T::AS).await,
            Series::Doctor(doctor) => Ok(own_panel(viewer, *doctor)),
            Series::Clinic | Series::User(_) | Series::Access(_) => Ok(None),
        }
    }

    fn kind(&self, event: &event::Model) -> Option<T::Kind> {
        (event.kind == T::EVENT).then(|| T::kind(event.version))
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Of>, Fault> {
        let charts = &state.loaders.charts;
        let Some(row) = charts.records.load(RecordId(event.subject)).await? else {
            return Ok(None);
        };
        let patient = state.loaders.patients.load(row.patient_id).await?;
        Ok(patient.map(|patient| (row, patient, event.version)))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: T::Kind,
        (row, patient, version): &Of,
    ) -> Result<bool, Fault> {
        if !self.is_meant(row) {
            return Ok(false);
        }
        match self.panel {
            true => service::may_see_of_panel(state, viewer, row, patient).await,
            false => service::may_see(state, viewer, (row, *version), patient).await,
        }
    }

    fn taken_back(&self, viewer: &Viewer, change: Change<T::Kind, Of>) -> Option<T::Message> {
        let (row, _, version) = change.thing;
        if !self.is_meant(&row) || !service::was_taken_back(viewer, &row, version) {
            return None;
        }
        T::taken_back(NoLongerShared {
            cursor: change.cursor,
            occurred_at: change.occurred_at,
            id: id_of(&row),
        })
    }

    fn message(&self, change: Change<T::Kind, Of>) -> T::Message {
        T::message(change)
    }
}

/// Everything but vital signs.
struct Records;

impl Told for Records {
    const AS: code::RecordKind = code::RecordKind::Condition;
    const EVENT: EventKind = EventKind::RecordChanged;

    type Kind = RecordChangeKind;
    type Message = RecordMessage;

    fn kind(version: i32) -> RecordChangeKind {
        RecordChangeKind::of(version)
    }

    fn taken_back(told: NoLongerShared) -> Option<RecordMessage> {
        Some(told.into())
    }

    fn message(change: Change<RecordChangeKind, Of>) -> RecordMessage {
        let (row, patient, _) = change.thing;
        RecordMessage::RecordChange(RecordChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            record: ChartRecord::of(row, PatientRecord::new(patient)),
        })
    }
}

/// Vital signs.
struct Vitals;

impl Told for Vitals {
    const AS: code::RecordKind = code::RecordKind::Vital;
    const EVENT: EventKind = EventKind::VitalRecorded;

    type Kind = VitalChangeKind;
    type Message = VitalMessage;

    fn kind(version: i32) -> VitalChangeKind {
        VitalChangeKind::of(version)
    }

    fn message(change: Change<VitalChangeKind, Of>) -> VitalMessage {
        let (row, patient, _) = change.thing;
        VitalMessage::VitalChange(VitalChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            vital: Vital::shown(Entry::new(
                row,
                Patient::identified(PatientRecord::new(patient)),
            )),
        })
    }
}
