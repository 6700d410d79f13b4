//! What the mutations of the waiting list take and answer.

use super::codes::WaitlistPriority;
use super::errors::{
    AcceptOfferError, DeclineOfferError, JoinWaitlistError, LeaveWaitlistError,
    UpdateWaitlistEntryError,
};
use super::types::WaitlistEntry;
use crate::error::Fault;
use crate::graphql::{ApiResult, as_it_stays, decode_id};
use crate::patient::graphql::edit;
use crate::schedule::graphql::Weekday;
use crate::waitlist::service::{Answer, Could, For, Join, Leave, Update};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, OneofObject, SimpleObject};
use chrono::{NaiveDate, NaiveTime};
use entity::id::WaitlistEntryId;

/// With whom a time is wanted: exactly one of them.
#[derive(OneofObject)]
pub enum WaitlistWith {
    /// With this doctor.
    Doctor(ID),
    /// With any doctor who takes new patients and is trained in what has this code; at most 100 characters.
    Specialty(String),
}

/// A part of certain days on which the patient could come, in the wall-clock time of the doctor's zone. The visit lies wholly
/// within it; what is absent is no bound.
#[derive(InputObject)]
pub struct WaitlistWindowInput {
    /// Not before this day.
    pub first_day: Option<NaiveDate>,
    /// Not after this day.
    pub last_day: Option<NaiveDate>,
    /// Only on these days of the week; at least one.
    pub weekdays: Option<Vec<Weekday>>,
    /// From this time of the day on: a full minute.
    pub from: Option<NaiveTime>,
    /// Up to this time of the day, a full minute; midnight is its end.
    pub until: Option<NaiveTime>,
}

impl From<WaitlistWindowInput> for Could {
    fn from(input: WaitlistWindowInput) -> Self {
        Self {
            first_day: input.first_day,
            last_day: input.last_day,
            weekdays: input.weekdays.as_deref().map(Weekday::bits),
            from: input.from,
            until: input.until,
        }
    }
}

/// A patient to put on the waiting list.
#[derive(InputObject)]
pub struct JoinWaitlistInput {
    /// Whom; patients, themselves.
    pub patient_id: ID,
    /// With whom they want a time.
    pub with: WaitlistWith,
    /// For what kind of visit.
    pub visit_type_id: ID,
    /// When they could come, at most ten; at any time when there are none.
    #[graphql(default)]
    pub windows: Vec<WaitlistWindowInput>,
    /// How urgent it is; patients, `ROUTINE`.
    #[graphql(default_with = "WaitlistPriority::Routine")]
    pub priority: WaitlistPriority,
    /// What whoever arranges the visit should know, at most 500 characters. Administrators read it too: no place for what
    /// only clinicians should know.
    pub note: Option<String>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

impl TryFrom<JoinWaitlistInput> for Join {
    type Error = Fault;

    fn try_from(input: JoinWaitlistInput) -> Result<Self, Fault> {
        Ok(Self {
            patient: decode_id(&input.patient_id)?,
            with: match input.with {
                WaitlistWith::Doctor(id) => For::Doctor(decode_id(&id)?),
                WaitlistWith::Specialty(code) => For::Specialty(code),
            },
            visit_type: decode_id(&input.visit_type_id)?,
            windows: input.windows.into_iter().map(Into::into).collect(),
            priority: input.priority.into(),
            note: input.note,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change an entry of the waiting list. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateWaitlistEntryInput {
    /// Which entry.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// When the patient could come, all of it; at any time when empty. What is offered already stays offered.
    pub windows: Option<Vec<WaitlistWindowInput>>,
    /// How urgent it is; the clinic says.
    pub priority: Option<WaitlistPriority>,
    /// What whoever arranges the visit should know; at most 500 characters.
    pub note: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateWaitlistEntryInput> for Update {
    type Error = Fault;

    fn try_from(input: UpdateWaitlistEntryInput) -> Result<Self, Fault> {
        let windows = input.windows;
        let windows = windows.map(|all| all.into_iter().map(Into::into).collect());
        Ok(Self {
            entry: decode_id(&input.id)?,
            expected_version: input.expected_version,
            windows,
            priority: input.priority.map(Into::into),
            note: edit(input.note),
            idempotency_key: input.idempotency_key,
        })
    }
}

macro_rules! plain {
    ($($(#[$doc:meta])+ $input:ident for $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(InputObject)]
        pub struct $input {
            /// Which entry.
            pub id: ID,
            /// Its version as it was read; each offer moves it on.
            pub expected_version: i32,
            /// The same key and input answer the same for 24 hours, however often they are sent.
            pub idempotency_key: Option<String>,
        }

        impl TryFrom<$input> for $command {
            type Error = Fault;

            fn try_from(input: $input) -> Result<Self, Fault> {
                Ok(Self {
                    entry: decode_id(&input.id)?,
                    expected_version: input.expected_version,
                    idempotency_key: input.idempotency_key,
                })
            }
        }
    )+};
}

plain! {
    /// An entry to take off the waiting list.
    LeaveWaitlistInput for Leave;
    /// The offer that stands open for an entry, to take.
    AcceptOfferInput for Answer;
    /// The offer that stands open for an entry, to decline.
    DeclineOfferInput for Answer;
}

macro_rules! payloads {
    ($($(#[$doc:meta])+ $payload:ident, $error:ident;)+) => {$(
        $(#[$doc])+
        #[derive(SimpleObject)]
        pub struct $payload {
            /// The entry as it is now, changed or not; absent when there is none to show. Whoever sees the entry may read it.
            pub entry: Option<WaitlistEntry>,
            /// Why it was refused; empty when it was done.
            pub user_errors: Vec<$error>,
        }

        impl $payload {
            /// What the verb said, of the entry that it was asked about, if there was one before.
            pub(super) async fn of<R>(
                ctx: &Context<'_>,
                asked: Option<WaitlistEntryId>,
                done: Result<WaitlistEntryId, R>,
            ) -> ApiResult<Self>
            where
                $error: From<R>,
            {
                let (id, refusal) = match done {
                    Ok(id) => (Some(id), None),
                    Err(refusal) => (asked, Some(refusal)),
                };
                let entry = match id {
                    Some(id) => as_it_stays(WaitlistEntry::find(ctx, id).await)?,
                    None => None,
                };
                Ok(Self {
                    entry,
                    user_errors: refusal.into_iter().map(Into::into).collect(),
                })
            }
        }
    )+};
}

payloads! {
    /// What came of joining. Whoever asked for it may read it.
    JoinWaitlistPayload, JoinWaitlistError;
    /// What came of changing an entry. Whoever asked for it may read it.
    UpdateWaitlistEntryPayload, UpdateWaitlistEntryError;
    /// What came of leaving. Whoever asked for it may read it.
    LeaveWaitlistPayload, LeaveWaitlistError;
    /// What came of taking an offer; the entry names the appointment. Whoever asked for it may read it.
    AcceptOfferPayload, AcceptOfferError;
    /// What came of declining an offer. Whoever asked for it may read it.
    DeclineOfferPayload, DeclineOfferError;
}
