//! How a patient is reached, and what insures them, as far as the viewer may read it.

use super::coverage::{Coverage, CoverageConnection};
use super::identified::Patient;
use super::parts::PatientContact;
use crate::access::{Action, PatientFacts, Resource, decide};
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use async_graphql::Context;
use std::sync::Arc;

impl Patient {
    pub(super) async fn reached_by(&self, ctx: &Context<'_>) -> ApiResult<Option<PatientContact>> {
        let Some(mask) = self.readable(ctx, Resource::Contact).await? else {
            return Ok(None);
        };
        let (record, vault) = (self.record(ctx).await?, &ctx.state()?.vault);
        // Whom to call is other people's names: no mask would leave them nobody's.
        let described = self.readable(ctx, Resource::Demographics).await?;
        let emergency = match described {
            Some(_) => record.emergency_contacts(vault)?,
            None => Vec::new(),
        };
        let contact = record.contact(vault)?;
        Ok(Some(PatientContact::shown(contact, emergency, mask)))
    }

    /// Where the whole record is had, for whoever may: nothing of it is looked at by saying so.
    pub(super) fn taken_away_at(&self, ctx: &Context<'_>) -> Option<String> {
        let resource = Resource::WholeRecord(PatientFacts::from(&**self.face()));
        decide(&ctx.viewer(), Action::Read, &resource)
            .is_allowed()
            .then(|| format!("/fhir/Patient/{}/$everything", self.face().id.0))
    }

    pub(super) async fn coverage_page(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
    ) -> ApiResult<Option<CoverageConnection>> {
        let window = asked.window(ctx)?;
        let Some(mask) = self.readable(ctx, Resource::Coverage).await? else {
            return Ok(None);
        };
        let rows = ctx.state()?.loaders.coverages.load(self.face().id).await?;
        let rows = rows.unwrap_or_default();
        let page = Page::within(
            &window,
            &rows,
            |row| row.id,
            |row| Coverage::shown(Arc::clone(row), self.clone(), mask),
        );
        Ok(Some(CoverageConnection(page)))
    }
}
