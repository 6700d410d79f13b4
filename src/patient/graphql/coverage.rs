//! A patient's insurance as clients see it.

use super::identified::Patient;
use crate::access::Mask;
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, nullable};
use crate::patient::cells::CoverageDetail;
use crate::patient::{record, service};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::coverage;
use entity::id::CoverageId;
use std::sync::Arc;

/// An insurance that the viewer may read.
#[derive(Clone)]
pub struct Coverage {
    row: Arc<coverage::Model>,
    patient: Patient,
    mask: Mask,
}

impl Coverage {
    /// An insurance of this patient, whose list of them the viewer may read through this mask.
    pub(super) fn shown(row: Arc<coverage::Model>, patient: Patient, mask: Mask) -> Self {
        Self { row, patient, mask }
    }

    /// Whose it is.
    pub(super) fn into_patient(self) -> Patient {
        self.patient
    }

    /// The insurance of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: CoverageId) -> ApiResult<Self> {
        let found = service::find_coverage(ctx.state()?, &ctx.viewer(), id).await?;
        let (row, patient) = (found.0, Patient::identified(found.1));
        let resource = crate::access::Resource::Coverage;
        match patient.readable(ctx, resource).await? {
            Some(mask) => Ok(Self::shown(row, patient, mask)),
            None => Err(Fault::NotFound.into()),
        }
    }

    fn detail(&self, ctx: &Context<'_>) -> ApiResult<CoverageDetail> {
        let vault = &ctx.state()?.vault;
        Ok(record::coverage(self.patient.face(), vault, &self.row)?)
    }
}

/// An insurance: who pays for a patient, and under which number. The patient, doctors cleared for the record and
/// administrators may read it; the patient and administrators may change it.
#[Object]
impl Coverage {
    /// The id. Whoever may see the insurance may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row.id)
    }

    /// Whose insurance it is. Whoever may see the insurance may read it.
    async fn patient(&self) -> Patient {
        self.patient.clone()
    }

    /// The insurer's name. Whoever may see the insurance may read it.
    async fn payer(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(self.detail(ctx)?.payer)
    }

    /// The patient's number with the insurer: the whole for the patient and doctors who treat them, its last characters
    /// for others. Whoever may see the insurance may read it.
    async fn member_number(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(self.mask.over(self.detail(ctx)?.member_number))
    }

    /// The plan's name. Whoever may see the insurance may read it.
    async fn plan(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async { Ok(self.detail(ctx)?.plan) }).await
    }

    /// The first day on which it holds; open when absent. Whoever may see the insurance may read it.
    async fn valid_from(&self) -> Option<NaiveDate> {
        self.row.valid_from
    }

    /// The last day on which it holds; open when absent. Whoever may see the insurance may read it.
    async fn valid_to(&self) -> Option<NaiveDate> {
        self.row.valid_to
    }

    /// Counts its changes; give it as `expectedVersion` to change it. Whoever may see the insurance may read it.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was noted. Whoever may see the insurance may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }
}

crate::connection!(CoverageConnection, CoverageEdge, Coverage, "insurances");
