//! Reading appointments and visit types.

use super::codes::AppointmentStatus;
use super::types::{Appointment, AppointmentConnection, VisitKindConnection, VisitType};
use crate::access::{Action, Resource, require};
use crate::appointment::{service, store};
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::in_place::InPlace;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, decode_id, nullable};
use crate::state::{Card, Face};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::Roles;
use entity::doctor;
use entity::id::{PatientId, SeriesId};
use std::sync::Arc;

/// The root fields of appointments.
#[derive(Default)]
pub struct AppointmentQuery;

/// Which appointments of a list are asked for; everything given must hold.
#[derive(InputObject, Default, Clone)]
pub struct AppointmentsFilter {
    /// Beginning at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Beginning before this instant.
    pub to: Option<DateTime<Utc>>,
    /// In one of these states; in any when empty or absent.
    pub status: Option<Vec<AppointmentStatus>>,
}

impl AppointmentsFilter {
    fn decode(self) -> store::Filter {
        store::Filter {
            from: self.from,
            to: self.to,
            statuses: self
                .status
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            ..store::Filter::default()
        }
    }
}

#[Object]
impl AppointmentQuery {
    /// One appointment. NOT_FOUND when there is none that the viewer may see. The patient, the doctor, the care team,
    /// doctors who have broken the glass and administrators may read it.
    #[graphql(guard = "SignedIn")]
    async fn appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which appointment.")] id: ID,
    ) -> Option<ApiResult<InPlace<Appointment>>> {
        nullable(async {
            let card = service::find(ctx.state()?, &ctx.viewer(), decode_id(&id)?).await?;
            Ok(Some(InPlace(Appointment(card))))
        })
        .await
    }

    /// The appointments that the viewer may see, by their beginning: a patient's own, a doctor's own and those of their
    /// care teams' patients, an administrator's all. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    async fn appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<AppointmentsFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentConnection> {
        page(
            ctx,
            filter.unwrap_or_default().decode(),
            Asked::of((first, after), (last, before)),
        )
        .await
    }

    /// The kinds of visits that can be booked, by name. Patients, doctors and administrators may read them.
    #[graphql(guard = "SignedIn")]
    async fn visit_types(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<VisitKindConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        require(&viewer, Action::Read, &Resource::Directory)?;
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let all = viewer.is(Roles::ADMIN);
        let rows = store::visit_types(&state.db, all, &window).await?;
        let db = state.db.clone();
        Ok(VisitKindConnection(Page::of(
            &window,
            rows,
            |row| (row.name.clone(), row.id),
            |row| VisitType(Arc::new(row)),
            Arc::new(move || {
                let db = db.clone();
                Box::pin(async move { store::count_visit_types(&db, all).await })
            }),
        )))
    }

    /// The clinic's appointments of one day, in the clinic's zone, by their beginning. Administrators may read them.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn clinic_day(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which day.")] day: NaiveDate,
        #[graphql(desc = "How many from the start, 1 to 100; 100 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        require(&viewer, Action::Read, &Resource::Clinic)?;
        let (from, to) = service::day_in(state.rules.zone, day)?;
        let filter = store::Filter {
            from: Some(from),
            to: Some(to),
            ..store::Filter::default()
        };
        page(ctx, filter, Asked::of((first, after), (last, before))).await
    }
}

/// A page of what the viewer may see of a list.
async fn page(
    ctx: &Context<'_>,
    filter: store::Filter,
    asked: Asked,
) -> ApiResult<AppointmentConnection> {
    let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
    viewer.signed_in()?;
    let window = asked.window(ctx)?;
    let rows = store::list(&state.db, &viewer, &filter, &window).await?;
    service::shown(&state, &viewer, &rows.rows).await?;
    Ok(AppointmentConnection(Page::of(
        &window,
        rows,
        |card: &Card| (card.row.starts_at, card.row.id),
        Appointment,
        Arc::new(move || {
            let (state, viewer, filter) = (Arc::clone(&state), viewer.clone(), filter.clone());
            Box::pin(async move { store::count(&state.db, &viewer, &filter).await })
        }),
    )))
}

/// A patient's appointments, as far as the viewer may see them.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub async fn patient_appointments(
    ctx: &Context<'_>,
    patient: PatientId,
    filter: Option<AppointmentsFilter>,
    asked: Asked,
) -> ApiResult<AppointmentConnection> {
    let filter = store::Filter {
        patient: Some(patient),
        ..filter.unwrap_or_default().decode()
    };
    page(ctx, filter, asked).await
}

/// The appointments of a series, as far as the viewer may see them.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub(super) async fn series_appointments(
    ctx: &Context<'_>,
    series: SeriesId,
    asked: Asked,
) -> ApiResult<AppointmentConnection> {
    let filter = store::Filter {
        series: Some(series),
        ..store::Filter::default()
    };
    page(ctx, filter, asked).await
}

/// A patient's next live appointment, if the viewer may see it. Many patients share one statement.
///
/// # Errors
/// Those of the database.
pub async fn next_appointment(
    ctx: &Context<'_>,
    patient: &Arc<Face>,
) -> ApiResult<Option<Appointment>> {
    let (state, viewer) = (ctx.state()?, ctx.viewer());
    let Some(row) = state.loaders.next_appointments.load(patient.id).await? else {
        return Ok(None);
    };
    let card = Card {
        row,
        patient: Arc::clone(patient),
        treated_by: None,
    };
    let seen = service::may_see(state, &viewer, &card).await?;
    Ok(seen.then_some(Appointment(card)))
}

/// A doctor's appointments, of one day (in the doctor's zone) or between two instants, as far as the viewer may see them.
///
/// # Errors
/// BAD_REQUEST when the day or the page's arguments are wrong.
pub async fn doctor_appointments(
    ctx: &Context<'_>,
    doctor: &doctor::Model,
    day: Option<NaiveDate>,
    filter: Option<AppointmentsFilter>,
    asked: Asked,
) -> ApiResult<AppointmentConnection> {
    let mut filter = store::Filter {
        doctor: Some(doctor.id),
        ..filter.unwrap_or_default().decode()
    };
    if let Some(day) = day {
        let zone = doctor.zone.parse().unwrap_or(chrono_tz::UTC);
        let (from, to) = service::day_in(zone, day)?;
        filter.from = Some(filter.from.map_or(from, |asked| asked.max(from)));
        filter.to = Some(filter.to.map_or(to, |asked| asked.min(to)));
    }
    page(ctx, filter, asked).await
}
