//! What clients see of an appointment and of a visit type.

use super::codes::{AppointmentStatus, CancellationReason, Modality};
use super::history::{AppointmentStepConnection, history};
use super::queue::QueuePlace;
use super::series::AppointmentSeries;
use crate::access::{Action, Resource};
use crate::appointment::service;
use crate::chart::graphql::{Encounter, visit_of};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::feed::ics;
use crate::graphql::in_place::InPlace;
use crate::graphql::{ApiResult, Ask, Asked, id, nullable};
use crate::notification::graphql::{Reminder, reminders};
use crate::patient::graphql::Patient;
use crate::state::Card;
use crate::vault::Place;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::id::{AppointmentId, VisitTypeId};
use entity::visit_type;
use std::sync::Arc;

/// One agreed (or asked for) time of one patient with one doctor.
#[derive(Clone)]
pub struct Appointment(pub Card);

impl Appointment {
    /// The appointment of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: AppointmentId) -> ApiResult<Self> {
        let card = service::find(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(card))
    }
}

/// One agreed (or asked for) time of one patient with one doctor. The patient, the doctor, the patient's care team, doctors
/// who have broken the glass and administrators may see it.
#[Object]
impl Appointment {
    /// The id. Whoever sees the appointment may read it.
    pub async fn id(&self) -> ID {
        id(self.0.row.id)
    }

    /// Who comes. Whoever sees the appointment may read it.
    async fn patient(&self) -> InPlace<Patient> {
        InPlace(Patient::recognised(Arc::clone(&self.0.patient)))
    }

    /// Who receives. Whoever sees the appointment may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<InPlace<Doctor>> {
        let doctor = ctx.state()?.loaders.doctors.load(self.0.row.doctor_id);
        let doctor = doctor.await?.ok_or(Fault::NotFound)?;
        Ok(InPlace(Doctor::listed(doctor)))
    }

    /// What kind of visit; absent when the appointment was imported from elsewhere. Whoever sees the appointment may read it.
    async fn visit_type(&self, ctx: &Context<'_>) -> Option<ApiResult<InPlace<VisitType>>> {
        nullable(async {
            let Some(visit_type) = self.0.row.visit_type_id else {
                return Ok(None);
            };
            let found = ctx.state()?.loaders.visit_types.load(visit_type).await?;
            Ok(found.map(|row| InPlace(VisitType(row))))
        })
        .await
    }

    /// When it begins. Whoever sees the appointment may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.row.starts_at
    }

    /// When it ends; the time is free again from here on. Whoever sees the appointment may read it.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.row.ends_at
    }

    /// IANA zone in which it was agreed. Whoever sees the appointment may read it.
    async fn zone(&self) -> &str {
        &self.0.row.zone
    }

    /// How patient and doctor meet. Whoever sees the appointment may read it.
    async fn modality(&self) -> Modality {
        self.0.row.modality.into()
    }

    /// Where the doctor is then, by the hours that they keep now; absent when the hours do not say, and for what is by telephone or
    /// video. Whoever sees the appointment may read it.
    async fn location(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async { Ok(service::location(ctx.state()?, &self.0.row).await?) }).await
    }

    /// Where it stands. Whoever sees the appointment may read it.
    async fn status(&self) -> AppointmentStatus {
        self.0.row.status.into()
    }

    /// When the patient said that they will come; absent until then. Whoever sees the appointment may read it.
    async fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.confirmed_at
    }

    /// Until when it is held, if it is a hold (`PENDING`): from then on it stands in nobody's way. Whoever sees the
    /// appointment may read it.
    async fn hold_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.hold_expires_at
    }

    /// Where the patient stands in the doctor's queue; absent while they are not here. It says nothing of the others but how
    /// many are before them. Whoever sees the appointment may read it.
    async fn queue_place(&self, ctx: &Context<'_>) -> Option<ApiResult<QueuePlace>> {
        nullable(async {
            let place = service::place_now(ctx.state()?, &self.0).await?;
            Ok(place.map(Into::into))
        })
        .await
    }

    /// Why the patient comes, in their words; absent when none was given or the viewer is no clinician of theirs. The
    /// patient, the doctor, the care team and doctors who have broken the glass may read it; administrators may not.
    async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let Some(cell) = &self.0.row.reason else {
                return Ok(None);
            };
            let (state, doctor) = (ctx.state()?, self.0.row.doctor_id);
            let resource = |facts| Resource::VisitReason(facts, doctor);
            if !service::permits(state, &ctx.viewer(), Action::Read, &self.0, resource).await? {
                return Ok(None);
            }
            let key = self.0.patient.key(&state.vault)?;
            let place = Place::new("appointment", "reason", self.0.row.id.0);
            Ok(Some(key.open(place, cell)?))
        })
        .await
    }

    /// The visit that came of it, if there is one. Doctors who treat the patient or have broken the glass may read it, and the
    /// patient once it is shared with them.
    async fn encounter(&self, ctx: &Context<'_>) -> Option<ApiResult<Encounter>> {
        let patient = Patient::recognised(Arc::clone(&self.0.patient));
        nullable(visit_of(ctx, &self.0.row, &patient)).await
    }

    /// Why it was called off; absent unless it was. Whoever sees the appointment may read it.
    async fn cancellation_reason(&self) -> Option<CancellationReason> {
        self.0.row.cancellation_reason.map(Into::into)
    }

    /// The appointment that this one replaces; absent unless it was moved here. Whoever sees both may read it.
    async fn replaces(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
        nullable(async {
            let Some(replaced) = self.0.row.replaces_id else {
                return Ok(None);
            };
            match service::find(ctx.state()?, &ctx.viewer(), replaced).await {
                Ok(card) => Ok(Some(Self(card))),
                Err(Fault::NotFound) => Ok(None),
                Err(fault) => Err(fault.into()),
            }
        })
        .await
    }

    /// The series that it is one of; absent when it was booked alone. Whoever sees both may read it.
    async fn series(&self, ctx: &Context<'_>) -> Option<ApiResult<AppointmentSeries>> {
        nullable(async {
            let series = service::series_of(ctx.state()?, &ctx.viewer(), &self.0).await?;
            Ok(series.map(AppointmentSeries))
        })
        .await
    }

    /// Which of the series it is, counted from 1 as the rule counts; absent when it is of none. Whoever sees the appointment
    /// may read it.
    async fn occurrence(&self) -> Option<i32> {
        self.0.row.occurrence
    }

    /// What was done to it, from its making on, the first of it first. Whoever sees the appointment may read it.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentStepConnection> {
        let asked = Asked::of((first, after), (last, before));
        history(ctx, &self.0, asked).await
    }

    /// The appointment as a file for calendar programs (iCalendar, RFC 5545): when, where the clinic is, and whether it takes
    /// place; no name, and nothing of health. Whoever sees the appointment may read it.
    async fn calendar(&self, ctx: &Context<'_>) -> ApiResult<String> {
        let row = std::iter::once(&*self.0.row);
        Ok(ics::calendar(row, &ctx.state()?.rules.clinic))
    }

    /// What its patient is reminded of it by, in the order in which it is due: what is planned, and what became of the rest.
    /// Nothing for a patient without an account. Whoever sees the appointment may read it.
    async fn reminders(&self, ctx: &Context<'_>) -> ApiResult<Vec<Reminder>> {
        reminders(ctx, self.0.row.id).await
    }

    /// Counts the changes; give it as `expectedVersion` to change what you have read. Whoever sees the appointment may read it.
    async fn version(&self) -> i32 {
        self.0.row.version
    }

    /// When it was made. Whoever sees the appointment may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// When it last changed. Whoever sees the appointment may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.row.updated_at
    }
}

/// A kind of visit.
#[derive(Clone)]
pub struct VisitType(pub Arc<visit_type::Model>);

impl VisitType {
    /// The kind of visit of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, or the viewer may not read the directory.
    pub async fn find(ctx: &Context<'_>, id: VisitTypeId) -> ApiResult<Self> {
        let row = service::find_visit_type(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// A kind of visit. Patients, doctors and administrators may see it.
#[Object(name = "VisitKind")]
impl VisitType {
    /// The id. Patients, doctors and administrators may read it.
    pub async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// A short name for programs, unique. Patients, doctors and administrators may read it.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What patients call it. Patients, doctors and administrators may read it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How long it takes, in minutes. Patients, doctors and administrators may read it.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// How patient and doctor meet. Patients, doctors and administrators may read it.
    async fn modality(&self) -> Modality {
        self.0.modality.into()
    }

    /// Whether a patient can only ask for it, and the doctor accepts. Patients, doctors and administrators may read it.
    async fn requires_approval(&self) -> bool {
        self.0.requires_approval
    }

    /// For how many minutes before it the doctor is not to be had either. Patients, doctors and administrators may read it.
    async fn buffer_before(&self) -> i32 {
        self.0.buffer_before
    }

    /// For how many minutes after it the doctor is not to be had yet. Patients, doctors and administrators may read it.
    async fn buffer_after(&self) -> i32 {
        self.0.buffer_after
    }

    /// How many minutes ahead a patient books at the latest, with a doctor who has published hours. Everybody who is
    /// signed in may read it.
    async fn minimum_notice(&self) -> i32 {
        self.0.minimum_notice
    }

    /// How many days ahead a patient books at the earliest, with a doctor who has published hours. Everybody who is signed
    /// in may read it.
    async fn maximum_advance(&self) -> i32 {
        self.0.maximum_advance
    }

    /// How many patients come at once; more than one makes it a group visit. Patients, doctors and administrators may read
    /// it.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// Whether it can be booked now. Patients, doctors and administrators may read it.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Counts the changes. Patients, doctors and administrators may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

crate::connection!(
    AppointmentConnection,
    AppointmentEdge,
    Appointment,
    "appointments"
);
crate::connection!(VisitKindConnection, VisitKindEdge, VisitType, "visit types");
