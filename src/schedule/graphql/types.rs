//! What clients see of a doctor's hours.

use crate::appointment::graphql::VisitType;
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, id};
use crate::schedule::service;
use async_graphql::{Context, Enum, ID, Object};
use chrono::{NaiveDate, NaiveTime};
use entity::code::OnlyFor;
use entity::id::{AvailabilityExceptionId, AvailabilityRuleId, DoctorId};
use entity::{availability_exception, availability_rule};

/// A day of the week. Everybody who may read the directory may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// These days as bits.
    pub(crate) fn bits(days: &[Self]) -> i32 {
        let bit = |day: &Self| 1 << (*day as i32);
        days.iter().map(bit).fold(0, |all, one| all | one)
    }

    pub(crate) fn of(bits: i32) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|day| bits & (1 << (*day as i32)) != 0).collect()
    }
}

/// Whether a day is closed, or open besides. Everybody who may read the directory may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AvailabilityExceptionKind")]
pub enum AvailabilityExceptionKind {
    /// The doctor is not to be had: closed beats open.
    Closed,
    /// The doctor is to be had though no rule says so.
    Open,
}

/// The time of the day that this minute is; the end of a day is the midnight that begins the next.
pub(crate) fn time(minute: i32) -> NaiveTime {
    let seconds = u32::try_from(minute.rem_euclid(1440) * 60).unwrap_or_default();
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default()
}

async fn kinds(ctx: &Context<'_>, only: &OnlyFor) -> ApiResult<Vec<VisitType>> {
    let loaders = &ctx.state()?.loaders;
    let each = only.0.iter().map(|kind| loaders.visit_types.load(*kind));
    let found = futures_util::future::try_join_all(each).await?;
    Ok(found.into_iter().flatten().map(VisitType).collect())
}

async fn doctor(ctx: &Context<'_>, id: DoctorId) -> ApiResult<Doctor> {
    let doctor = ctx.state()?.loaders.doctors.load(id).await?;
    Ok(Doctor::listed(doctor.ok_or(Fault::NotFound)?))
}

/// Hours of a doctor that come again each week.
#[derive(Clone)]
pub struct AvailabilityRule(pub availability_rule::Model);

impl AvailabilityRule {
    /// The rule of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, or the viewer may not read the directory.
    pub async fn find(ctx: &Context<'_>, id: AvailabilityRuleId) -> ApiResult<Self> {
        let row = service::find_rule(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// Hours of a doctor that come again each week, in wall-clock time: what the clocks on the wall of the rule's zone say,
/// whatever is done to them in spring and autumn. Everybody who may read the directory may see it.
#[Object]
impl AvailabilityRule {
    /// The id. Everybody who may read the directory may read it.
    pub async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// Whose. Everybody who may read the directory may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        doctor(ctx, self.0.doctor_id).await
    }

    /// On which days of the week. Everybody who may read the directory may read it.
    async fn weekdays(&self) -> Vec<Weekday> {
        Weekday::of(self.0.weekdays.0)
    }

    /// From this time of the day on. Everybody who may read the directory may read it.
    async fn from(&self) -> NaiveTime {
        time(self.0.from_minute)
    }

    /// Up to this time of the day; midnight is its end. Everybody who may read the directory may read it.
    async fn until(&self) -> NaiveTime {
        time(self.0.until_minute)
    }

    /// Visits begin every so many minutes, from the first on. Everybody who may read the directory may read it.
    async fn step(&self) -> i32 {
        self.0.step
    }

    /// The IANA zone whose clocks are meant. Everybody who may read the directory may read it.
    async fn zone(&self) -> &str {
        &self.0.zone
    }

    /// The first day on which it holds. Everybody who may read the directory may read it.
    async fn valid_from(&self) -> NaiveDate {
        self.0.valid_from
    }

    /// The last day on which it holds; absent while no end is known. Everybody who may read the directory may read it.
    async fn valid_until(&self) -> Option<NaiveDate> {
        self.0.valid_until
    }

    /// The only kinds of visits that it is for; for all when empty. Everybody who may read the directory may read it.
    async fn visit_types(&self, ctx: &Context<'_>) -> ApiResult<Vec<VisitType>> {
        kinds(ctx, &self.0.visit_types).await
    }

    /// Where the doctor is then, in the clinic's words; absent when it was not said. Everybody who may read the directory may read it.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// Counts the changes; give it as `expectedVersion` to change what you have read. Everybody who may read the directory
    /// may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Days on which a doctor's hours are others.
#[derive(Clone)]
pub struct AvailabilityException(pub availability_exception::Model);

impl AvailabilityException {
    /// The exception of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, or the viewer may not read the directory.
    pub async fn find(ctx: &Context<'_>, id: AvailabilityExceptionId) -> ApiResult<Self> {
        let row = service::find_exception(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// Days on which a doctor's hours are others than the rules say, in wall-clock time. Everybody who may read the directory
/// may see it.
#[Object]
impl AvailabilityException {
    /// The id. Everybody who may read the directory may read it.
    pub async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// Whose. Everybody who may read the directory may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        doctor(ctx, self.0.doctor_id).await
    }

    /// Closed, or open besides. Everybody who may read the directory may read it.
    async fn kind(&self) -> AvailabilityExceptionKind {
        self.0.kind.into()
    }

    /// The first day. Everybody who may read the directory may read it.
    async fn first_day(&self) -> NaiveDate {
        self.0.first_day
    }

    /// The last day. Everybody who may read the directory may read it.
    async fn last_day(&self) -> NaiveDate {
        self.0.last_day
    }

    /// From this time of each of the days on. Everybody who may read the directory may read it.
    async fn from(&self) -> NaiveTime {
        time(self.0.from_minute)
    }

    /// Up to this time of each of the days; midnight is its end. Everybody who may read the directory may read it.
    async fn until(&self) -> NaiveTime {
        time(self.0.until_minute)
    }

    /// Open: visits begin every so many minutes, from the first on. Everybody who may read the directory may read it.
    async fn step(&self) -> i32 {
        self.0.step
    }

    /// The IANA zone whose clocks are meant. Everybody who may read the directory may read it.
    async fn zone(&self) -> &str {
        &self.0.zone
    }

    /// Open: the only kinds of visits that it is for; for all when empty. Everybody who may read the directory may read it.
    async fn visit_types(&self, ctx: &Context<'_>) -> ApiResult<Vec<VisitType>> {
        kinds(ctx, &self.0.visit_types).await
    }

    /// Open: where the doctor is then, in the clinic's words; absent when it was not said. Everybody who may read the
    /// directory may read it.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }
}

crate::connection!(
    AvailabilityRuleConnection,
    AvailabilityRuleEdge,
    AvailabilityRule,
    "rules of a doctor's hours"
);
crate::connection!(
    AvailabilityExceptionConnection,
    AvailabilityExceptionEdge,
    AvailabilityException,
    "exceptions from a doctor's hours"
);

/// A doctor's rules, the oldest first.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub async fn rules(
    ctx: &Context<'_>,
    doctor: DoctorId,
    asked: Asked,
) -> ApiResult<AvailabilityRuleConnection> {
    let window = asked.window(ctx)?;
    let known = service::availability(ctx.state()?, &ctx.viewer(), doctor).await?;
    Ok(AvailabilityRuleConnection(Page::within(
        &window,
        &known.rules,
        |row| row.id,
        |row| AvailabilityRule(row.clone()),
    )))
}

/// A doctor's exceptions that are not over, the oldest first.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub async fn exceptions(
    ctx: &Context<'_>,
    doctor: DoctorId,
    asked: Asked,
) -> ApiResult<AvailabilityExceptionConnection> {
    let window = asked.window(ctx)?;
    let known = service::availability(ctx.state()?, &ctx.viewer(), doctor).await?;
    Ok(AvailabilityExceptionConnection(Page::within(
        &window,
        &known.exceptions,
        |row| row.id,
        |row| AvailabilityException(row.clone()),
    )))
}
