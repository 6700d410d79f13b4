//! The appointments of a doctor who is away, and where they could go, as clients see it.

use super::types::Appointment;
use crate::appointment::plan::{Proposal, Way};
use crate::appointment::service;
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::state::Card;
use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::absence;
use entity::id::{AppointmentId, DoctorId};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Where an appointment of a doctor who is away can go. Doctors and administrators may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Way")]
pub enum AbsenceWay {
    /// To a colleague: a doctor of the same specialty who takes new patients.
    Reroute,
    /// To another time of the same doctor.
    Move,
}

/// A time that is free for an appointment.
#[derive(Clone, Copy)]
pub struct AppointmentProposal(pub(super) Proposal);

/// A time that is free for an appointment whose doctor is away. Whoever sees the absence may see it.
#[Object]
impl AppointmentProposal {
    /// Which way it would go. Whoever sees the absence may read it.
    async fn way(&self) -> AbsenceWay {
        self.0.way.into()
    }

    /// With whom. Whoever sees the absence may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        doctor(ctx, self.0.doctor).await
    }

    /// When it would begin. Whoever sees the absence may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// When it would end. Whoever sees the absence may read it.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }
}

async fn doctor(ctx: &Context<'_>, id: DoctorId) -> ApiResult<Doctor> {
    let doctor = ctx.state()?.loaders.doctors.load(id).await?;
    Ok(Doctor::listed(doctor.ok_or(Fault::NotFound)?))
}

/// A page of appointments whose doctor is away; where they could go is found out for all of them at once.
struct Affected {
    absence: Arc<absence::Model>,
    cards: Vec<Card>,
    proposals: OnceCell<HashMap<AppointmentId, Vec<Proposal>>>,
}

/// An appointment that an absence is in the way of.
#[derive(Clone)]
pub struct AffectedAppointment {
    card: Card,
    page: Arc<Affected>,
}

/// An appointment that an absence is in the way of. Whoever sees the absence may see it.
#[Object]
impl AffectedAppointment {
    /// The appointment. Whoever sees the absence may read it.
    async fn appointment(&self) -> Appointment {
        Appointment(self.card.clone())
    }

    /// Where it could go, if it were the only one: to at most three colleagues, the nearest time first, then to other times of
    /// the same doctor. None for a hold, which can only be called off. Whoever sees the absence may read it.
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 5.", default = 5)] first: i32,
    ) -> ApiResult<Vec<AppointmentProposal>> {
        let first = usize::try_from(first).ok();
        let first = first.filter(|first| (1..=5).contains(first));
        let first = first.ok_or(Fault::BadRequest("`first` must be from 1 to 5."))?;
        let (state, viewer, page) = (ctx.state()?, ctx.viewer(), &self.page);
        let all = page
            .proposals
            .get_or_try_init(|| service::proposals(state, &viewer, &page.absence, &page.cards));
        let own = all.await?.get(&self.card.row.id).into_iter().flatten();
        Ok(own.take(first).copied().map(AppointmentProposal).collect())
    }
}

crate::connection!(
    AffectedAppointmentConnection,
    AffectedAppointmentEdge,
    AffectedAppointment,
    "appointments that an absence is in the way of"
);

/// The appointments that an absence is in the way of, for whoever has found it.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub async fn affected_appointments(
    ctx: &Context<'_>,
    absence: &Arc<absence::Model>,
    asked: Asked,
) -> ApiResult<AffectedAppointmentConnection> {
    let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
    let window = asked.window(ctx)?;
    let rows = service::affected(&state, &viewer, absence, &window).await?;
    let page = Arc::new(Affected {
        absence: Arc::clone(absence),
        cards: rows.rows.clone(),
        proposals: OnceCell::new(),
    });
    let absence = Arc::clone(absence);
    Ok(AffectedAppointmentConnection(Page::of(
        &window,
        rows,
        |card: &Card| (card.row.starts_at, card.row.id),
        |card| AffectedAppointment {
            card,
            page: Arc::clone(&page),
        },
        Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            let absence = Arc::clone(&absence);
            Box::pin(async move { service::count_affected(&state, &viewer, &absence).await })
        }),
    )))
}
