//! A patient as clients see them. Whoever holds one has been allowed to know who it is; every other part asks the policy
//! when it is looked at, and is null for whoever may not see it.

use super::codes::{AdministrativeGender, BloodGroup, Relationship};
use super::coverage::CoverageConnection;
use super::identified::{Alone, Patient, alone, asked};
use super::parts::{Address, PatientContact, PatientPreferences, PersonName};
use crate::account::graphql::Confidentiality;
use crate::appointment::graphql::{self as appointment, AppointmentsFilter};
use crate::care::graphql::{CareTeamConnection, care_team};
use crate::chart::graphql::{self as chart, VitalAlertStatus as Raised};
use crate::document::graphql::{DocumentConnection, DocumentFilter, documents};
use crate::graphql::{ApiResult, Ask};
use crate::oversight::graphql::{AccessLogConnection, access_log};
use crate::patient::record;
use crate::proposal::graphql::{self as proposal, ChangeProposalStatus as Standing};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};

/// A patient: one whose record is kept here. Whoever may know who it is (the patient, any doctor cleared for the record,
/// administrators) may read names, birth date and record number; the rest is null for whoever may not read it.
#[Object]
impl Patient {
    /// The id. Whoever may see the patient may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.face().id)
    }

    /// The medical record number; unique. Whoever may see the patient may read it.
    async fn mrn(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(self.record(ctx).await?.mrn(&ctx.state()?.vault)?)
    }

    /// The names. Whoever may see the patient may read them.
    async fn name(&self, ctx: &Context<'_>) -> ApiResult<PersonName> {
        Ok((&*record::name(self.face(), &ctx.state()?.vault)?).into())
    }

    /// The whole name in one line. Whoever may see the patient may read it.
    async fn display_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(record::name(self.face(), &ctx.state()?.vault)?.text())
    }

    /// The date of birth. Whoever may see the patient may read it.
    async fn birth_date(&self, ctx: &Context<'_>) -> ApiResult<NaiveDate> {
        Ok(record::birth_date(self.face(), &ctx.state()?.vault)?)
    }

    /// Administrative gender. The patient, doctors who treat them or have broken the glass, and administrators may read it.
    async fn gender(&self, ctx: &Context<'_>) -> Alone<AdministrativeGender> {
        self.says(ctx, |it| Some(it.gender.into())).await
    }

    /// The blood group, when it was taken. The patient, doctors who treat them or have broken the glass, and administrators
    /// may read it.
    async fn blood_group(&self, ctx: &Context<'_>) -> Alone<BloodGroup> {
        self.says(ctx, |it| it.blood_group.map(Into::into)).await
    }

    /// The language they like to be spoken to in, as a BCP 47 tag. The patient, doctors who treat them or have broken the
    /// glass, and administrators may read it.
    async fn language(&self, ctx: &Context<'_>) -> Alone<String> {
        self.says(ctx, |it| it.language).await
    }

    /// How sensitive the record is. The patient, doctors who treat them or have broken the glass, and administrators may
    /// read it.
    async fn confidentiality(&self, ctx: &Context<'_>) -> Alone<Confidentiality> {
        self.described(ctx, |it, _| Ok(Some(it.row().confidentiality.into())))
            .await
    }

    /// How they are reached, and whom to call. The patient, and doctors who treat them or have broken the glass, may read
    /// it whole; administrators, and other doctors cleared for the record, masked.
    async fn contact(&self, ctx: &Context<'_>) -> Alone<PatientContact> {
        alone(self.reached_by(ctx).await)
    }

    /// Where they live, if it is known. The patient, doctors who treat them or have broken the glass, and administrators
    /// may read it.
    async fn address(&self, ctx: &Context<'_>) -> Alone<Address> {
        self.described(ctx, |it, vault| Ok(it.address(vault)?.map(Into::into)))
            .await
    }

    /// What they asked the clinic to heed. The patient, doctors who treat them or have broken the glass, and administrators
    /// may read it.
    async fn preferences(&self, ctx: &Context<'_>) -> Alone<PatientPreferences> {
        self.says(ctx, |it| Some(it.preferences.into())).await
    }

    /// Their insurances, oldest entry first. The patient, doctors cleared for the record and administrators may read them;
    /// whoever does not treat the patient, and administrators, with masked numbers.
    async fn coverages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<CoverageConnection> {
        let asked = asked((first, after, last, before));
        alone(self.coverage_page(ctx, asked).await)
    }

    /// Who treats them at this moment, in the order in which they were brought in. The patient, doctors who treat them or
    /// have broken the glass, and administrators may read it.
    async fn care_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<CareTeamConnection> {
        alone(care_team(ctx, self, asked((first, after, last, before))).await)
    }

    /// Their appointments, by their beginning, as far as the viewer may see them. The patient, the doctors concerned, the
    /// care team, doctors who have broken the glass and administrators may read them.
    async fn appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<AppointmentsFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<appointment::AppointmentConnection> {
        let asked = asked((first, after, last, before));
        appointment::patient_appointments(ctx, self.face().id, filter, asked).await
    }

    /// Their next appointment that stands, if the viewer may see it. The patient, the doctor concerned, the care team,
    /// doctors who have broken the glass and administrators may read it.
    async fn next_appointment(&self, ctx: &Context<'_>) -> Alone<appointment::Appointment> {
        alone(appointment::next_appointment(ctx, self.face()).await)
    }

    /// Their problems and diagnoses, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn conditions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::ConditionStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::ConditionConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// Their allergies and intolerances, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn allergies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::AllergyStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::AllergyConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// The medications ordered for them, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn medications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::MedicationRequestStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::MedicationRequestConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// The medications that they say they take, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn medication_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::MedicationStatementStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::MedicationStatementConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// Their immunizations, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn immunizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::ImmunizationStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::ImmunizationConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// Their visits, by when they began; give `last` for the newest. Doctors who treat them or have broken the glass may read
    /// them, the patient those that are shared with them.
    async fn encounters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::EncounterStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::EncounterConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// What was written of their visits, by when it was begun; drafts for their author and the care team. Doctors who treat them or
    /// have broken the glass may read them, the patient those that are shared with them.
    async fn visit_notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::VisitNoteStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::VisitNoteConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// What was ordered for them, medications aside, by when; give `last` for the newest. Doctors who treat them or have
    /// broken the glass may read them, the patient those that are shared with them.
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::OrderStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::OrderConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// What tests found of them, by when it is true; give `last` for the newest. Doctors who treat them or have broken the
    /// glass may read them, the patient those that are shared with them.
    async fn test_results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<chart::TestResultStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::TestResultConnection> {
        alone(chart::page(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// Their documents, by when they were brought; give `last` for the newest. Doctors who treat them or have broken the glass and
    /// administrators may know of them, the patient of those that are shared with them.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; the current ones unless said.")] filter: Option<DocumentFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<DocumentConnection> {
        alone(documents(ctx, self, filter, asked((first, after, last, before))).await)
    }

    /// Their chart at a glance. The patient, doctors who treat them and whoever broke the glass may read it.
    async fn summary(&self, ctx: &Context<'_>) -> Alone<chart::PatientSummary> {
        alone(chart::summary(ctx, self).await)
    }

    /// Their vital signs of one kind over time. The patient and doctors who treat them may read them.
    async fn vitals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was measured.")] code: chart::VitalCode,
        #[graphql(desc = "From when; a year before `to` unless said.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Until before when; now unless said.")] to: Option<DateTime<Utc>>,
    ) -> Alone<chart::VitalSeries> {
        alone(chart::series(ctx, self, code, (from, to)).await)
    }

    /// The newest reading of each of their vital signs, at most ten; none for whoever may not read them. The patient and doctors
    /// who treat them may read them.
    async fn latest_vitals(&self, ctx: &Context<'_>) -> ApiResult<Vec<chart::Vital>> {
        Ok(chart::latest(ctx, self).await?.unwrap_or_default())
    }

    /// Alerts on their vital signs, by when they were raised, the newest 500; give `last` for the newest. The patient and doctors
    /// who treat them may read them.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all unless said.")] status: Option<Raised>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<chart::VitalAlertConnection> {
        alone(chart::alerts(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// What they ask to have changed of who they are and of their chart, by when they asked, the newest 500; give `last` for the
    /// newest. Whoever reads what would change may read it.
    async fn change_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all unless said.")] status: Option<Standing>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<proposal::ChangeProposalConnection> {
        alone(proposal::proposals(ctx, self, status, asked((first, after, last, before))).await)
    }

    /// The bounds by which their vital signs raise alerts, at most ten; none for whoever may not read them. The patient and doctors
    /// who treat them may read them.
    async fn vital_thresholds(&self, ctx: &Context<'_>) -> ApiResult<Vec<chart::VitalThreshold>> {
        chart::thresholds(ctx, self).await
    }

    /// The early warning score NEWS2 of what was measured in the last 24 hours; absent when nothing was, and for whoever is not
    /// 16. The patient and doctors who treat them may read it.
    async fn early_warning_score(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "By which scale oxygen saturation is scored.",
            default_with = "chart::EarlyWarningScale::One"
        )]
        scale: chart::EarlyWarningScale,
    ) -> Alone<chart::EarlyWarningScore> {
        alone(chart::early_warning(ctx, self, scale).await)
    }

    /// Who has looked at the record or changed it, the newest look first. The patient and administrators may read it.
    async fn access_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<AccessLogConnection> {
        alone(access_log(ctx, self, asked((first, after, last, before))).await)
    }

    /// The path, below the server's own address, at which all that is kept of the patient is had as a FHIR R4 bundle, with the
    /// access token in `Authorization`. The patient may read it, and administrators cleared for the record, of whom a fresh proof
    /// of who they are is asked there.
    async fn export_path(&self, ctx: &Context<'_>) -> Option<String> {
        self.taken_away_at(ctx)
    }

    /// Through what you may see this patient. Whoever may see the patient may read it.
    async fn viewer_relationship(&self, ctx: &Context<'_>) -> ApiResult<Relationship> {
        self.related(ctx).await
    }

    /// Counts the changes of the record; give it as `expectedVersion` to change it. Whoever may see the patient may read
    /// it.
    async fn version(&self, ctx: &Context<'_>) -> ApiResult<i32> {
        Ok(self.record(ctx).await?.row().version)
    }

    /// When the record was made. Whoever may see the patient may read it.
    async fn created_at(&self, ctx: &Context<'_>) -> ApiResult<DateTime<Utc>> {
        Ok(self.record(ctx).await?.row().created_at)
    }

    /// When the record last changed. Whoever may see the patient may read it.
    async fn updated_at(&self, ctx: &Context<'_>) -> ApiResult<DateTime<Utc>> {
        Ok(self.record(ctx).await?.row().updated_at)
    }
}
