//! Alerts as clients see them.

use super::entry::{Entry, doctor_of};
use super::vital::Vital;
use crate::access::Resource;
use crate::chart::alert::note_place;
use crate::chart::service;
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::patient::graphql::Patient;
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::id::{DoctorId, VitalAlertId};
use entity::{alert_call, vital_alert};
use std::sync::Arc;

/// How far out of bounds a reading is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AlertLevel")]
pub enum VitalAlertLevel {
    /// To be watched.
    Abnormal,
    /// To be looked at now.
    Critical,
}

/// Where an alert stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AlertStatus")]
pub enum VitalAlertStatus {
    /// Nobody has taken it on.
    Open,
    /// Somebody has.
    Acknowledged,
    /// The reading was entered in error.
    Closed,
}

/// That a doctor was called to an alert.
pub struct AlertCall(Arc<alert_call::Model>);

async fn doctor(ctx: &Context<'_>, id: DoctorId) -> ApiResult<Doctor> {
    let row = ctx.state()?.loaders.doctors.load(id).await?;
    let row = row.ok_or_else(|| Fault::internal("a doctor who was called is not there"))?;
    Ok(Doctor::listed(row))
}

/// That a doctor was called to an alert. Whoever may see the alert may read it.
#[Object]
impl AlertCall {
    /// Who. Whoever may see the alert may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        doctor(ctx, self.0.doctor_id).await
    }

    /// When. Whoever may see the alert may read it.
    async fn called_at(&self) -> DateTime<Utc> {
        self.0.called_at
    }
}

/// An alert that the viewer may read.
#[derive(Clone)]
pub struct VitalAlert {
    row: Arc<vital_alert::Model>,
    patient: Patient,
}

impl VitalAlert {
    /// An alert of this patient that the viewer may read.
    pub(super) fn shown(row: Arc<vital_alert::Model>, patient: Patient) -> Self {
        Self { row, patient }
    }

    /// The alert of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: VitalAlertId) -> ApiResult<Self> {
        let (row, record) = service::find_alert(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self::shown(row, Patient::identified(record)))
    }

    async fn called(&self, ctx: &Context<'_>) -> ApiResult<Arc<[Arc<alert_call::Model>]>> {
        let calls = &ctx.state()?.loaders.charts.calls;
        Ok(calls.load(self.row.id).await?.unwrap_or_default())
    }
}

/// A reading out of bounds, and what came of it. Nobody is treated by it: bounds need a clinician's sign-off before anybody
/// relies on them. The patient and doctors who treat them may read it; doctors who treat them may take it on.
#[Object]
impl VitalAlert {
    /// The id. Whoever may see the alert may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row.id)
    }

    /// Whose. Whoever may see the alert may read it.
    async fn patient(&self) -> Patient {
        self.patient.clone()
    }

    /// The reading. Whoever may see the alert may read it.
    async fn vital(&self, ctx: &Context<'_>) -> ApiResult<Vital> {
        let records = &ctx.state()?.loaders.charts.records;
        let row = records.load(self.row.record_id).await?;
        let row = row.ok_or_else(|| Fault::internal("an alert's reading is not there"))?;
        Ok(Vital::shown(Entry::new(row, self.patient.clone())))
    }

    /// How far out of bounds it is. Whoever may see the alert may read it.
    async fn level(&self) -> VitalAlertLevel {
        self.row.level.into()
    }

    /// Where the alert stands. Whoever may see the alert may read it.
    async fn status(&self) -> VitalAlertStatus {
        self.row.status.into()
    }

    /// When it was raised. Whoever may see the alert may read it.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.row.raised_at
    }

    /// Who was called to it, in their order: the last is the one whom it waits for. Each doctor of the care team is called once
    /// at most. Whoever may see the alert may read it.
    async fn calls(&self, ctx: &Context<'_>) -> ApiResult<Vec<AlertCall>> {
        let calls = self.called(ctx).await?;
        Ok(calls
            .iter()
            .map(|call| AlertCall(Arc::clone(call)))
            .collect())
    }

    /// When the next is called if nobody takes it on; absent when somebody has, and when nobody is left to call. Whoever may see
    /// the alert may read it.
    async fn escalates_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// When somebody took it on. Whoever may see the alert may read it.
    async fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.row.acknowledged_at
    }

    /// Who took it on. Whoever may see the alert may read it.
    async fn acknowledged_by(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(doctor_of(ctx, self.row.acknowledged_by)).await
    }

    /// What they noted. Whoever may see the alert may read it.
    async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let Some(cell) = &self.row.note else {
                return Ok(None);
            };
            let key = self.patient.face().key(&ctx.state()?.vault)?;
            Ok(Some(key.open(note_place(self.row.id), cell)?))
        })
        .await
    }

    /// When the reading was entered in error. Whoever may see the alert may read it.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.row.closed_at
    }

    /// Counts its changes. Whoever may see the alert may read it.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

crate::connection!(
    VitalAlertConnection,
    VitalAlertEdge,
    VitalAlert,
    "alerts on vital signs"
);

/// A patient's alerts that stand so, or all; none for whoever may not read them.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn alerts(
    ctx: &Context<'_>,
    patient: &Patient,
    status: Option<VitalAlertStatus>,
    asked: Asked,
) -> ApiResult<Option<VitalAlertConnection>> {
    let window = asked.window(ctx)?;
    if patient.readable(ctx, Resource::Alerts).await?.is_none() {
        return Ok(None);
    }
    let of = (patient.face().id, status.map(Into::into));
    let rows = ctx.state()?.loaders.charts.alerts_of.load(of).await?;
    let rows = rows.unwrap_or_default();
    let key = |row: &Arc<vital_alert::Model>| (row.raised_at, row.id);
    let page = Page::within(&window, &rows, key, |row| {
        VitalAlert::shown(Arc::clone(row), patient.clone())
    });
    Ok(Some(VitalAlertConnection(page)))
}
