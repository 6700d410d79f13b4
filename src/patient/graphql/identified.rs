//! A patient whom the viewer may know: what is read of them, once, and decided on at each look.

use super::codes::Relationship;
use crate::access::{Action, Decision, Mask, PatientFacts, Resource, Viewer, decide, look};
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::PatientRecord;
use crate::patient::cells::Profile;
use crate::patient::service;
use crate::state::{Face, State};
use crate::vault::{Unreadable, Vault};
use async_graphql::Context;
use entity::code::Roles;
use entity::id::PatientId;
use entity::patient;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What a resolver returns that can be refused, or fail, alone: the rest of the patient stands.
pub(super) type Alone<T> = Option<async_graphql::Result<T>>;

pub(super) fn alone<T>(result: ApiResult<Option<T>>) -> Alone<T> {
    result.map_err(Into::into).transpose()
}

/// Which page is asked for: how many from the start and after what, how many from the end and before what.
pub(super) fn asked(
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Asked {
    Asked::of((first, after), (last, before))
}

/// A patient. Cheap to clone; clones share what was found out about the viewer.
#[derive(Clone)]
pub struct Patient(Arc<Identified>);

struct Identified {
    face: Arc<Face>,
    /// The rest, read when something of it is asked for.
    record: OnceCell<PatientRecord>,
    /// How the viewer and the patient are related; asked for at most once, and not at all for names.
    facts: OnceCell<PatientFacts>,
}

impl Patient {
    /// The patient of a record that a verb has let the viewer have.
    #[must_use]
    pub fn identified(record: PatientRecord) -> Self {
        Self(Arc::new(Identified {
            face: Arc::clone(record.face()),
            record: OnceCell::new_with(Some(record)),
            facts: OnceCell::new(),
        }))
    }

    /// The patient with this face, which a verb has let the viewer see.
    #[must_use]
    pub fn recognised(face: Arc<Face>) -> Self {
        Self(Arc::new(Identified {
            face,
            record: OnceCell::new(),
            facts: OnceCell::new(),
        }))
    }

    /// The patient of this row, if the viewer may know who it is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seen(
        state: &State,
        viewer: &Viewer,
        row: Arc<patient::Model>,
    ) -> Result<Option<Self>, Fault> {
        let may = service::may_identify(state, viewer, &row).await?;
        Ok(may.then(|| Self::identified(PatientRecord::new(row))))
    }

    /// The patient of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: PatientId) -> ApiResult<Self> {
        let record = service::find_patient(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self::identified(record))
    }

    /// Whose record it is.
    #[must_use]
    pub fn face(&self) -> &Arc<Face> {
        &self.0.face
    }

    /// The sealed record.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record(&self, ctx: &Context<'_>) -> ApiResult<&PatientRecord> {
        let load = || async {
            let row = ctx.state()?.loaders.patients.load(self.face().id).await?;
            let row = row.ok_or(Fault::NotFound)?;
            ApiResult::Ok(PatientRecord::new(row))
        };
        self.0.record.get_or_try_init(load).await
    }

    /// How the viewer and the patient are related.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn facts(&self, ctx: &Context<'_>) -> ApiResult<PatientFacts> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let find = || state.facts(&viewer, &**self.face());
        Ok(*self.0.facts.get_or_try_init(find).await?)
    }

    /// Whether the viewer may read this of the patient, and through which mask. Relations are looked up only when the
    /// answer depends on them: having one never takes anything away, and lifts masks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn readable(
        &self,
        ctx: &Context<'_>,
        resource: impl Fn(PatientFacts) -> Resource,
    ) -> ApiResult<Option<Mask>> {
        let viewer = ctx.viewer();
        let unrelated = PatientFacts::from(&**self.face());
        let asked = resource(unrelated);
        let decision = decide(&viewer, Action::Read, &asked);
        if decision.mask() != Some(Mask::Nothing) && viewer.is(Roles::DOCTOR) {
            let facts = self.facts(ctx).await?;
            return Ok(look(&viewer, Action::Read, &resource(facts)).mask());
        }
        viewer.decided(Action::Read, &asked, decision);
        Ok(decision.mask())
    }

    /// What `open` makes of the record, if the viewer may read what describes the patient.
    pub(super) async fn described<T>(
        &self,
        ctx: &Context<'_>,
        open: impl FnOnce(&PatientRecord, &Vault) -> Result<Option<T>, Unreadable>,
    ) -> Alone<T> {
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(open(record, &state.vault)?)
        })
        .await
    }

    /// What `shown` makes of the profile, if the viewer may read what describes the patient.
    pub(super) async fn says<T>(
        &self,
        ctx: &Context<'_>,
        shown: impl FnOnce(Profile) -> Option<T>,
    ) -> Alone<T> {
        self.described(ctx, |it, vault| Ok(shown(it.profile(vault)?)))
            .await
    }

    /// Through what the viewer may know who this is.
    pub(super) async fn related(&self, ctx: &Context<'_>) -> ApiResult<Relationship> {
        let facts = self.facts(ctx).await?;
        match look(&ctx.viewer(), Action::Read, &Resource::Identity(facts)) {
            Decision::Allow { relationship, .. } => Ok(relationship.into()),
            // The right to see them has ended since this answer began.
            Decision::Deny => Err(Fault::NotFound.into()),
        }
    }

    /// What `open` makes of the record, if the viewer may read the resource it belongs to.
    pub(super) async fn part<T>(
        &self,
        ctx: &Context<'_>,
        resource: fn(PatientFacts) -> Resource,
        open: impl FnOnce(&PatientRecord, &State) -> ApiResult<Option<T>>,
    ) -> Alone<T> {
        let opened = async {
            if self.readable(ctx, resource).await?.is_none() {
                return Ok(None);
            }
            open(self.record(ctx).await?, ctx.state()?)
        };
        alone(opened.await)
    }
}
