//! Booking series, and changing them.

use super::shapes::{
    BookSeriesInput, BookSeriesPayload, CancelSeriesInput, CancelSeriesPayload, ChangeSeriesInput,
    ChangeSeriesPayload,
};
use super::types::AppointmentSeries;
use crate::appointment::service;
use crate::error::Fault;
use crate::graphql::guard::SignedIn;
use crate::graphql::{ApiResult, Ask};
use async_graphql::{Context, Object};
use entity::id::{AppointmentId, SeriesId};

/// The mutations of series.
#[derive(Default)]
pub struct SeriesMutation;

/// The series as it is now, if the viewer may (still) see it.
async fn now(ctx: &Context<'_>, id: Option<SeriesId>) -> ApiResult<Option<AppointmentSeries>> {
    let Some(id) = id else {
        return Ok(None);
    };
    match service::find_series(ctx.state()?, &ctx.viewer(), id).await {
        Ok(row) => Ok(Some(AppointmentSeries(row))),
        Err(Fault::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The series of an appointment, likewise.
async fn of(ctx: &Context<'_>, id: AppointmentId) -> ApiResult<Option<AppointmentSeries>> {
    let (state, viewer) = (ctx.state()?, ctx.viewer());
    let card = service::find(state, &viewer, id).await?;
    let series = service::series_of(state, &viewer, &card).await?;
    Ok(series.map(AppointmentSeries))
}

#[Object]
impl SeriesMutation {
    /// Books all the times that a rule says, or none of them: which cannot be had, and why, is listed. The times keep their
    /// place on the clocks of the doctor's zone; one that the clocks leave out cannot be had, and of one that they say twice it
    /// is the first. Patients book for themselves; doctors who treat them and administrators for the patient.
    #[graphql(guard = "SignedIn")]
    async fn book_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to book.")] input: BookSeriesInput,
    ) -> ApiResult<BookSeriesPayload> {
        let command = input.decode()?;
        let booked = service::book_series(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match booked {
            Ok(outline) => BookSeriesPayload {
                series: now(ctx, outline.series).await?,
                planned: outline.planned,
                user_errors: Vec::new(),
            },
            Err(refused) => BookSeriesPayload {
                series: None,
                planned: refused.planned,
                user_errors: vec![refused.refusal.into()],
            },
        })
    }

    /// Moves booked appointments of a series, all that are meant or none: to another time or day, another doctor, another kind
    /// of visit. Each is replaced by a new one, and the old one is called off; what is so already stays. The patient (until the
    /// cut-off), the doctor, the care team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn change_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ChangeSeriesInput,
    ) -> ApiResult<ChangeSeriesPayload> {
        let command = input.decode()?;
        let seen_from = command.appointment;
        let changed = service::change_series(ctx.state()?, &ctx.viewer(), command).await?;
        let series = of(ctx, seen_from).await?;
        Ok(match changed {
            Ok(outline) => ChangeSeriesPayload {
                series,
                planned: outline.planned,
                user_errors: Vec::new(),
            },
            Err(refused) => ChangeSeriesPayload {
                series,
                planned: refused.planned,
                user_errors: vec![refused.refusal.into()],
            },
        })
    }

    /// Calls appointments of a series off, all that are meant or none. The patient (until the cut-off), the doctor, the care
    /// team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn cancel_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to call off, and why.")] input: CancelSeriesInput,
    ) -> ApiResult<CancelSeriesPayload> {
        let command = input.decode()?;
        let seen_from = command.appointment;
        let called_off = service::cancel_series(ctx.state()?, &ctx.viewer(), command).await?;
        let series = of(ctx, seen_from).await?;
        Ok(match called_off {
            Ok(outline) => CancelSeriesPayload {
                series,
                planned: outline.planned,
                user_errors: Vec::new(),
            },
            Err(refused) => CancelSeriesPayload {
                series,
                planned: refused.planned,
                user_errors: vec![refused.refusal.into()],
            },
        })
    }
}
