//! A doctor as clients see them.

use super::department::Department;
use crate::access::{Act, Action, Kinds, Object, Resource, decide};
use crate::appointment::graphql::{AppointmentConnection, AppointmentsFilter, doctor_appointments};
use crate::doctor::cells;
use crate::doctor::{DoctorRecord, service};
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::patient::graphql::PersonName;
use crate::schedule::graphql::{
    AvailabilityExceptionConnection, AvailabilityRuleConnection, exceptions, rules,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::DoctorId;
use entity::{code, doctor};
use std::sync::Arc;

/// A code with the system it comes from. Whoever may see what it describes may read it.
#[derive(SimpleObject, Clone)]
pub struct Coding {
    /// The code system's URI.
    pub system: String,
    /// The code.
    pub code: String,
    /// The code in words.
    pub display: String,
}

impl From<code::Coding> for Coding {
    fn from(coding: code::Coding) -> Self {
        Self {
            system: coding.system,
            code: coding.code,
            display: coding.display,
        }
    }
}

/// Leave to practise. The doctor and administrators may read it.
#[derive(SimpleObject, Clone)]
pub struct Licence {
    /// As printed on it.
    pub number: String,
    /// Who gave it.
    pub authority: String,
    /// The first day on which it holds; open when absent.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds; open when absent.
    pub valid_to: Option<NaiveDate>,
}

impl From<cells::Licence> for Licence {
    fn from(licence: cells::Licence) -> Self {
        Self {
            number: licence.number,
            authority: licence.authority,
            valid_from: licence.validity.from,
            valid_to: licence.validity.to,
        }
    }
}

/// What allows a doctor to practise. The doctor and administrators may read it.
#[derive(SimpleObject, Clone)]
pub struct DoctorCredentials {
    /// The licences, as they were entered.
    pub licences: Vec<Licence>,
}

/// A doctor of the directory. Cheap to clone; clones open the row's key once.
#[derive(Clone)]
pub struct Doctor(Arc<DoctorRecord>);

impl Doctor {
    /// The doctor of this row, for whoever may read the directory: everybody who is signed in and may see anything at all.
    #[must_use]
    pub fn listed(row: Arc<doctor::Model>) -> Self {
        Self(Arc::new(DoctorRecord::new(row)))
    }

    /// The doctor of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, or the viewer may not read the directory.
    pub async fn find(ctx: &Context<'_>, id: DoctorId) -> ApiResult<Self> {
        let record = service::find_doctor(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(Arc::new(record)))
    }

    /// The sealed record.
    #[must_use]
    pub fn record(&self) -> &DoctorRecord {
        &self.0
    }

    fn row(&self) -> &doctor::Model {
        self.0.row()
    }
}

/// A doctor: one who treats. Patients, doctors and administrators may read the directory entry; the credentials are null
/// for whoever may not read them.
#[Object]
impl Doctor {
    /// The id. Patients, doctors and administrators may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row().id)
    }

    /// The names. Patients, doctors and administrators may read them.
    async fn name(&self, ctx: &Context<'_>) -> ApiResult<PersonName> {
        Ok((&self.0.name(&ctx.state()?.vault)?).into())
    }

    /// The whole name in one line. Patients, doctors and administrators may read it.
    async fn display_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(self.0.name(&ctx.state()?.vault)?.text())
    }

    /// What they are trained in. Patients, doctors and administrators may read it.
    async fn specialties(&self) -> Vec<Coding> {
        let specialties = self.row().specialties.0.iter();
        specialties.cloned().map(Into::into).collect()
    }

    /// What allows them to practise. The doctor and administrators may read it.
    async fn credentials(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<DoctorCredentials>> {
        let viewer = ctx.viewer();
        let own = viewer
            .actor()
            .is_some_and(|actor| actor.doctor == Some(self.row().id));
        let keeps = decide(&viewer, Action::Update, &Resource::Directory).is_allowed();
        if own || keeps {
            let read = Act::Asked(Action::Read);
            viewer.does(read, Kinds::DIRECTORY, Object::Doctor(self.row().id));
        }
        (own || keeps).then(|| {
            let opened = ctx
                .state()
                .and_then(|state| Ok(self.0.licences(&state.vault)?));
            let licences = opened.map_err(async_graphql::Error::from)?;
            Ok(DoctorCredentials {
                licences: licences.into_iter().map(Into::into).collect(),
            })
        })
    }

    /// Where they work. Patients, doctors and administrators may read it.
    async fn department(&self, ctx: &Context<'_>) -> Option<ApiResult<Department>> {
        nullable(async {
            let Some(id) = self.row().department_id else {
                return Ok(None);
            };
            let row = ctx.state()?.loaders.departments.load(id).await?;
            Ok(row.map(Department))
        })
        .await
    }

    /// The IANA time zone of their working hours. Patients, doctors and administrators may read it.
    async fn zone(&self) -> &str {
        &self.row().zone
    }

    /// Whether new patients may book with them. Patients, doctors and administrators may read it.
    async fn accepts_new_patients(&self) -> bool {
        self.row().accepts_new_patients
    }

    /// Their appointments, by their beginning, as far as the viewer may see them: of one day (in the doctor's zone), or as
    /// filtered. The doctor, the patients concerned, their care teams and administrators may read them.
    #[expect(
        clippy::too_many_arguments,
        reason = "a page has four, a filter some, and GraphQL wants them side by side"
    )]
    async fn appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this day, in the doctor's zone.")] day: Option<NaiveDate>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<AppointmentsFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentConnection> {
        doctor_appointments(
            ctx,
            self.row(),
            day,
            filter,
            Asked::of((first, after), (last, before)),
        )
        .await
    }

    /// The hours of their week in which they can be booked, the oldest first, those that are over too. Patients, doctors and
    /// administrators may read them.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AvailabilityRuleConnection> {
        let asked = Asked::of((first, after), (last, before));
        rules(ctx, self.row().id, asked).await
    }

    /// The days, from about today on, on which their hours are others. Patients, doctors and administrators may read them.
    async fn availability_exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AvailabilityExceptionConnection> {
        let asked = Asked::of((first, after), (last, before));
        exceptions(ctx, self.row().id, asked).await
    }

    /// Counts the changes of the entry; give it as `expectedVersion` to change it. Patients, doctors and administrators may
    /// read it.
    async fn version(&self) -> i32 {
        self.row().version
    }

    /// When the entry was made. Patients, doctors and administrators may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row().created_at
    }
}
