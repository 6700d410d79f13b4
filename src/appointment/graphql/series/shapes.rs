//! What the mutations of series take and answer.

use super::errors::{BookSeriesError, CancelSeriesError, ChangeSeriesError};
use super::types::{AppointmentSeries, PlannedAppointmentConnection, planned};
use crate::appointment::graphql::codes::CancellationReason;
use crate::appointment::series::Planned;
use crate::appointment::service::{BookSeries, CancelSeries, ChangeSeries, Scope};
use crate::error::Fault;
use crate::graphql::{ApiResult, Asked, decode_id};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};

/// How many of a series are meant, seen from one of its appointments. Whoever may change them may say it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Scope")]
pub enum SeriesScope {
    /// This one.
    This,
    /// This one, and those that the rule says after it and that are still to come.
    ThisAndFollowing,
    /// All that are still to come.
    All,
}

/// Times to book by a rule.
#[derive(InputObject)]
pub struct BookSeriesInput {
    /// For whom; patients, for themselves.
    pub patient_id: ID,
    /// With whom.
    pub doctor_id: ID,
    /// What kind of visit; it says how long.
    pub visit_type_id: ID,
    /// When the first begins: a full minute, and a time that the rule says. On the clocks of the doctor's zone the others
    /// begin at the same time of the day.
    pub starts_at: DateTime<Utc>,
    /// A recurrence rule as RFC 5545 writes it, without `RRULE:`. `FREQ` (DAILY, WEEKLY, MONTHLY), `INTERVAL` up to 99, `BYDAY`
    /// (in a month also which: `1MO`, `-1FR`), `WKST`, and either `COUNT` up to 100 or `UNTIL` (a day, or an instant in UTC).
    pub rule: String,
    /// Without those of these days of the doctor's zone; 100 at most.
    #[graphql(default)]
    pub except: Vec<NaiveDate>,
    /// Why the patient comes; at most 500 characters. Administrators cannot read it.
    pub reason: Option<String>,
    /// Only say what would come of it, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

impl BookSeriesInput {
    pub(super) fn decode(self) -> Result<BookSeries, Fault> {
        Ok(BookSeries {
            patient: decode_id(&self.patient_id)?,
            doctor: decode_id(&self.doctor_id)?,
            visit_type: decode_id(&self.visit_type_id)?,
            starts_at: self.starts_at,
            rule: self.rule,
            except: self.except,
            reason: self.reason,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What to change of some appointments of a series; what is absent stays.
#[derive(InputObject)]
pub struct ChangeSeriesInput {
    /// Seen from which of its appointments, which must be booked.
    pub appointment_id: ID,
    /// The version of the series as it was read.
    pub expected_version: i32,
    /// Which of them.
    pub scope: SeriesScope,
    /// When this one is to begin. The others are moved by as many days, and begin at the same time of the day, on the clocks of
    /// the doctor who receives.
    pub starts_at: Option<DateTime<Utc>>,
    /// With whom; they keep their time on the clocks of that doctor's zone.
    pub doctor_id: Option<ID>,
    /// What kind of visit; it says how long.
    pub visit_type_id: Option<ID>,
    /// Only say what would come of it, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

impl ChangeSeriesInput {
    pub(super) fn decode(self) -> Result<ChangeSeries, Fault> {
        Ok(ChangeSeries {
            appointment: decode_id(&self.appointment_id)?,
            expected_version: self.expected_version,
            scope: self.scope.into(),
            starts_at: self.starts_at,
            doctor: self.doctor_id.as_ref().map(decode_id).transpose()?,
            visit_type: self.visit_type_id.as_ref().map(decode_id).transpose()?,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which appointments of a series to call off, and why.
#[derive(InputObject)]
pub struct CancelSeriesInput {
    /// Seen from which of its appointments.
    pub appointment_id: ID,
    /// The version of the series as it was read.
    pub expected_version: i32,
    /// Which of them.
    pub scope: SeriesScope,
    /// Why they will not take place.
    pub reason: CancellationReason,
    /// Only say what would come of it, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

impl CancelSeriesInput {
    pub(super) fn decode(self) -> Result<CancelSeries, Fault> {
        Ok(CancelSeries {
            appointment: decode_id(&self.appointment_id)?,
            expected_version: self.expected_version,
            scope: self.scope.into(),
            reason: self.reason.into(),
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

macro_rules! payload {
    ($(#[$doc:meta])+ $payload:ident, $error:ident) => {
        $(#[$doc])+
        pub struct $payload {
            pub(super) series: Option<AppointmentSeries>,
            pub(super) planned: Vec<Planned>,
            pub(super) user_errors: Vec<$error>,
        }

        $(#[$doc])+
        #[Object]
        impl $payload {
            /// The series as it is now; absent when there is none. Whoever sees the series may read it.
            async fn series(&self) -> Option<&AppointmentSeries> {
                self.series.as_ref()
            }

            /// The times, each with what stands in its way, as it was found then; none when an earlier request with the same
            /// idempotency key is answered again. Whoever asked for it may read it.
            async fn occurrences(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Only those that something stands in the way of.", default)]
                conflicts_only: bool,
                #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")]
                first: Option<i32>,
                #[graphql(desc = "Only what follows the item with this cursor.")]
                after: Option<String>,
                #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")]
                last: Option<i32>,
                #[graphql(desc = "Only what precedes the item with this cursor.")]
                before: Option<String>,
            ) -> ApiResult<PlannedAppointmentConnection> {
                let asked = Asked::of((first, after), (last, before));
                planned(ctx, &self.planned, conflicts_only, asked)
            }

            /// Why it was refused; empty when it was done, or could be.
            async fn user_errors(&self) -> &[$error] {
                &self.user_errors
            }
        }
    };
}

payload! {
    /// What came of booking a series. Whoever asked for it may read it.
    BookSeriesPayload, BookSeriesError
}
payload! {
    /// What came of changing a series. Whoever asked for it may read it.
    ChangeSeriesPayload, ChangeSeriesError
}
payload! {
    /// What came of calling a series off. Whoever asked for it may read it.
    CancelSeriesPayload, CancelSeriesError
}
