//! From one entry of a visit to the others that it is tied to, as far as the viewer may read them.

use super::{Encounter, Order, TestResult, VisitNote};
use crate::appointment::graphql::Appointment;
use crate::chart::content::{self, Content};
use crate::chart::graphql::entry::{Entry, doctor_of};
use crate::chart::graphql::lists::{key, visible};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use async_graphql::Context;
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use std::sync::Arc;

/// Which loader finds what is tied to an entry.
#[derive(Clone, Copy)]
enum By {
    Visit,
    Parent,
}

impl<C: Content> Entry<C> {
    /// Whose it is.
    pub(super) async fn author(&self, ctx: &Context<'_>) -> ApiResult<Option<Doctor>> {
        doctor_of(ctx, self.row.author_id).await
    }

    /// The entry of this id in the same chart, if the viewer may read it.
    async fn linked<T: Content>(
        &self,
        ctx: &Context<'_>,
        id: Option<RecordId>,
    ) -> ApiResult<Option<Entry<T>>> {
        let Some(id) = id else { return Ok(None) };
        let row = ctx.state()?.loaders.charts.records.load(id).await?;
        let row = row.filter(|row| row.kind == T::KIND);
        let mut found = visible(ctx, &self.patient, row.into_iter()).await?;
        Ok(found.pop().map(|row| Entry::new(row, self.patient.clone())))
    }

    /// The visit that it is of.
    pub(super) async fn visit(&self, ctx: &Context<'_>) -> ApiResult<Option<Encounter>> {
        let found = self.linked(ctx, self.row.encounter_id).await?;
        Ok(found.map(Encounter::shown))
    }

    /// The note that it is added to.
    pub(super) async fn note(&self, ctx: &Context<'_>) -> ApiResult<Option<VisitNote>> {
        let found = self.linked(ctx, self.row.parent_id).await?;
        Ok(found.map(VisitNote::shown))
    }

    /// What ordered it.
    pub(super) async fn order(&self, ctx: &Context<'_>) -> ApiResult<Option<Order>> {
        let found = self.linked(ctx, self.row.parent_id).await?;
        Ok(found.map(Order::shown))
    }

    /// The entries of a kind that are tied to it, those entered in error left out.
    async fn tied<T: Content, N>(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
        by: By,
        node: fn(Entry<T>) -> N,
    ) -> ApiResult<Page<N>> {
        let window = asked.window(ctx)?;
        let charts = &ctx.state()?.loaders.charts;
        let rows = match by {
            By::Visit => charts.of_encounter.load(self.row.id).await?,
            By::Parent => charts.of_parent.load(self.row.id).await?,
        };
        let rows = rows.unwrap_or_default();
        let wanted = |row: &&Arc<chart_record::Model>| {
            row.kind == T::KIND && row.status != RecordStatus::EnteredInError
        };
        let rows = rows.iter().filter(wanted).cloned();
        let rows = visible(ctx, &self.patient, rows).await?;
        Ok(Page::within(&window, &rows, key, |row| {
            node(Entry::new(Arc::clone(row), self.patient.clone()))
        }))
    }

    pub(super) async fn notes(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
    ) -> ApiResult<Page<VisitNote>> {
        let by = match self.row.kind {
            RecordKind::Encounter => By::Visit,
            _ => By::Parent,
        };
        let node = |entry: Entry<content::VisitNote>| VisitNote::shown(entry);
        self.tied(ctx, asked, by, node).await
    }

    pub(super) async fn orders(&self, ctx: &Context<'_>, asked: Asked) -> ApiResult<Page<Order>> {
        let node = |entry: Entry<content::Order>| Order::shown(entry);
        self.tied(ctx, asked, By::Visit, node).await
    }

    pub(super) async fn results(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
    ) -> ApiResult<Page<TestResult>> {
        let by = match self.row.kind {
            RecordKind::Encounter => By::Visit,
            _ => By::Parent,
        };
        let node = |entry: Entry<content::TestResult>| TestResult::shown(entry);
        self.tied(ctx, asked, by, node).await
    }

    /// The appointment that it is of.
    pub(super) async fn appointment(&self, ctx: &Context<'_>) -> ApiResult<Option<Appointment>> {
        let Some(id) = self.row.appointment_id else {
            return Ok(None);
        };
        let found = crate::appointment::service::find(ctx.state()?, &ctx.viewer(), id).await;
        match found {
            Ok(card) => Ok(Some(Appointment(card))),
            Err(Fault::NotFound) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}
