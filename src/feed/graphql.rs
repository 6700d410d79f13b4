//! The face of private links: making one, taking it back.

use crate::feed::service::{self, CreateFeedRefusal, RevokeFeedRefusal};
use crate::graphql::guard::SignedIn;
use crate::graphql::{ApiResult, Ask};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

/// A private link to the calendar of an account: whoever has it reads when its owner has appointments, and where the clinic
/// is; no name, and nothing of health. They themselves may see it.
#[derive(SimpleObject, Clone)]
pub struct CalendarFeed {
    /// When it was made. They themselves may read it.
    pub created_at: DateTime<Utc>,
}

/// The private link of the viewer's account, if it has one.
///
/// # Errors
/// UNAUTHENTICATED when nobody is signed in.
pub async fn calendar_feed(ctx: &Context<'_>) -> ApiResult<Option<CalendarFeed>> {
    let found = service::feed(ctx.state()?, &ctx.viewer()).await?;
    Ok(found.map(|row| CalendarFeed {
        created_at: row.created_at,
    }))
}

/// How to make a link.
#[derive(InputObject)]
pub struct CreateCalendarFeedInput {
    /// Whether it takes the place of the one that there is, which then opens nothing any more; without this a second one is
    /// refused.
    #[graphql(default)]
    pub replace: bool,
}

/// How to take a link back.
#[derive(InputObject)]
pub struct RevokeCalendarFeedInput {
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

crate::refusals! {
    /// Why no link was made. Whoever asked for it may read it.
    CreateCalendarFeedError, CreateCalendarFeedErrorCode from CreateFeedRefusal {
        /// The account is neither a patient's nor a doctor's: it has no appointments.
        NoAppointments => ("Your account has no appointments of its own.", []),
        /// There is one already; give `replace` to end it.
        AlreadyThere => ("There is one already.", ["input", "replace"]),
    }
}

crate::refusals! {
    /// Why a link was not taken back. Whoever asked for it may read it.
    RevokeCalendarFeedError, RevokeCalendarFeedErrorCode from RevokeFeedRefusal {
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// What came of making a link. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreateCalendarFeedPayload {
    /// The link, if one was made.
    pub calendar_feed: Option<CalendarFeed>,
    /// The path of the link, below the server's own address: `/calendar/….ics`. It holds the secret, which is told this once.
    pub path: Option<String>,
    /// Why none was made; empty when one was.
    pub user_errors: Vec<CreateCalendarFeedError>,
}

/// What came of taking a link back. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RevokeCalendarFeedPayload {
    /// Whether there is no link now. A repetition with the same idempotency key takes nothing back any more: there may be
    /// another link since.
    pub revoked: bool,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<RevokeCalendarFeedError>,
}

/// Private links to calendars.
#[derive(Default)]
pub struct FeedMutation;

/// Private links to calendars.
#[Object]
impl FeedMutation {
    /// Makes a private link by which calendar programs follow one's own appointments. Everybody who is signed in may, for
    /// themselves.
    #[graphql(guard = "SignedIn")]
    async fn create_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: CreateCalendarFeedInput,
    ) -> ApiResult<CreateCalendarFeedPayload> {
        let made = service::create_feed(ctx.state()?, &ctx.viewer(), input.replace).await?;
        Ok(match made {
            Ok(token) => CreateCalendarFeedPayload {
                calendar_feed: calendar_feed(ctx).await?,
                path: Some(format!("/calendar/{}.ics", token.expose())),
                user_errors: Vec::new(),
            },
            Err(refusal) => CreateCalendarFeedPayload {
                calendar_feed: None,
                path: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Takes one's private link back: it opens nothing any more. Everybody who is signed in may, for themselves.
    #[graphql(guard = "SignedIn")]
    async fn revoke_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: RevokeCalendarFeedInput,
    ) -> ApiResult<RevokeCalendarFeedPayload> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let done = service::revoke_feed(state, &viewer, input.idempotency_key).await?;
        Ok(RevokeCalendarFeedPayload {
            revoked: done.unwrap_or(false),
            user_errors: done.err().map(Into::into).into_iter().collect(),
        })
    }
}
