//! Finding patients.

use super::identified::Patient;
use super::inputs::PatientSearch;
use crate::db::Stretch;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, decode_id, nullable};
use crate::patient::service;
use async_graphql::{Context, ID, Object};
use entity::code::Roles;
use std::sync::Arc;

crate::connection!(PatientConnection, PatientEdge, Patient, "patients");

/// Finding patients.
#[derive(Default)]
pub struct PatientQuery;

/// Finding patients.
#[Object]
impl PatientQuery {
    /// A patient. The patient, any doctor cleared for the record and administrators may ask; to other patients there is none.
    #[graphql(guard = "SignedIn")]
    async fn patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The patient's id.")] id: ID,
    ) -> Option<ApiResult<Patient>> {
        nullable(async { Patient::find(ctx, decode_id(&id)?).await.map(Some) }).await
    }

    /// Patients, the oldest record first: those who fit the search, or without one those in whose care team you are (for
    /// an administrator, all). Doctors and administrators may ask; a doctor finds nobody whose record is above their
    /// clearance, and by e-mail address or telephone number only those in whose care team they are.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn patients(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to search by; absent for the list.")] search: Option<PatientSearch>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<PatientConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let needles = service::needles(state, &search.unwrap_or_default().into())?;
        let Stretch { rows, more } =
            service::list_patients(state, &viewer, &needles, &window).await?;
        let mut patients = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            // The list starts from what the viewer may find, and each of them is decided on all the same.
            let patient = Patient::seen(state, &viewer, row).await?;
            patients.extend(patient.map(|patient| (id, patient)));
        }
        let state = Arc::clone(state);
        let count: Count = Arc::new(move || {
            let (state, viewer, needles) = (Arc::clone(&state), viewer.clone(), needles.clone());
            Box::pin(async move { service::count_patients(&state, &viewer, &needles).await })
        });
        let page = Page::of(
            &window,
            Stretch {
                rows: patients,
                more,
            },
            |(id, _)| *id,
            |(_, patient)| patient,
            count,
        );
        Ok(PatientConnection(page))
    }
}
