//! Reading the directory.

use super::department::{Department, DepartmentConnection};
use super::doctor::Doctor;
use crate::doctor::service;
use crate::doctor::store::Filter;
use crate::graphql::guard::SignedIn;
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, decode_id, nullable};
use async_graphql::{Context, ID, Object};
use std::sync::Arc;

crate::connection!(DoctorConnection, DoctorEdge, Doctor, "doctors");

/// Reading the directory.
#[derive(Default)]
pub struct DoctorQuery;

/// Reading the directory.
#[Object]
impl DoctorQuery {
    /// A doctor. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    async fn doctor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The doctor's id.")] id: ID,
    ) -> Option<ApiResult<Doctor>> {
        nullable(async { Doctor::find(ctx, decode_id(&id)?).await.map(Some) }).await
    }

    /// Doctors of the directory, the oldest entry first. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a page has four, a filter some, and GraphQL wants them side by side"
    )]
    async fn doctors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those trained in what has this code.")] specialty: Option<String>,
        #[graphql(desc = "Only those of the department with this id.")] department: Option<ID>,
        #[graphql(desc = "Only those with whom new patients may, or may not, book.")]
        accepts_new_patients: Option<bool>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<DoctorConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let filter = Filter {
            specialty,
            department: department.as_ref().map(decode_id).transpose()?,
            accepts_new_patients,
        };
        let rows = service::list_doctors(state, &viewer, &filter, &window).await?;
        let state = Arc::clone(state);
        let count: Count = Arc::new(move || {
            let (state, viewer, filter) = (Arc::clone(&state), viewer.clone(), filter.clone());
            Box::pin(async move { service::count_doctors(&state, &viewer, &filter).await })
        });
        let page = Page::of(&window, rows, |row| row.id, Doctor::listed, count);
        Ok(DoctorConnection(page))
    }

    /// Departments, by name. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    async fn departments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<DepartmentConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let rows = service::list_departments(state, &viewer, &window).await?;
        let state = Arc::clone(state);
        let count: Count = Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            Box::pin(async move { service::count_departments(&state, &viewer).await })
        });
        let page = Page::of(&window, rows, |row| row.name.clone(), Department, count);
        Ok(DepartmentConnection(page))
    }
}
