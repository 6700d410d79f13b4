//! A patient as clients see them. Whoever holds one has been allowed to know who it is; every other part asks the policy
//! when it is looked at, and is null for whoever may not see it.

use super::codes::{AdministrativeGender, BloodGroup, Relationship};
use super::coverage::{Coverage, CoverageConnection};
use super::identified::{Alone, Patient, alone};
use super::parts::{Address, PatientContact, PatientPreferences, PersonName};
use crate::access::{Action, Decision, Resource, look};
use crate::account::graphql::Confidentiality;
use crate::appointment::graphql::{
    Appointment, AppointmentConnection, AppointmentsFilter, next_appointment, patient_appointments,
};
use crate::care::graphql::{CareTeamConnection, care_team};
use crate::chart::graphql::{
    Allergy, AllergyConnection, AllergyStatus, Condition, ConditionConnection, ConditionStatus,
    EarlyWarningScale, EarlyWarningScore, Immunization, ImmunizationConnection, ImmunizationStatus,
    MedicationRequest, MedicationRequestConnection, MedicationRequestStatus, MedicationStatement,
    MedicationStatementConnection, MedicationStatementStatus, Vital, VitalAlertConnection,
    VitalAlertStatus, VitalCode, VitalSeries, VitalThreshold, alerts, early_warning, latest, page,
    series, thresholds,
};
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::oversight::graphql::{AccessLogConnection, access_log};
use crate::patient::record;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

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
        Ok(record::name(self.face(), &ctx.state()?.vault)?.into())
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
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(Some(record.profile(&state.vault)?.gender.into()))
        })
        .await
    }

    /// The blood group, when it was taken. The patient, doctors who treat them or have broken the glass, and administrators
    /// may read it.
    async fn blood_group(&self, ctx: &Context<'_>) -> Alone<BloodGroup> {
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(record.profile(&state.vault)?.blood_group.map(Into::into))
        })
        .await
    }

    /// The language they like to be spoken to in, as a BCP 47 tag. The patient, doctors who treat them or have broken the
    /// glass, and administrators may read it.
    async fn language(&self, ctx: &Context<'_>) -> Alone<String> {
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(record.profile(&state.vault)?.language)
        })
        .await
    }

    /// How sensitive the record is. The patient, doctors who treat them or have broken the glass, and administrators may
    /// read it.
    async fn confidentiality(&self, ctx: &Context<'_>) -> Alone<Confidentiality> {
        self.part(ctx, Resource::Demographics, |record, _| {
            Ok(Some(record.row().confidentiality.into()))
        })
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
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(record.address(&state.vault)?.map(Into::into))
        })
        .await
    }

    /// What they asked the clinic to heed. The patient, doctors who treat them or have broken the glass, and administrators
    /// may read it.
    async fn preferences(&self, ctx: &Context<'_>) -> Alone<PatientPreferences> {
        self.part(ctx, Resource::Demographics, |record, state| {
            Ok(Some(record.profile(&state.vault)?.preferences.into()))
        })
        .await
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
        alone(
            self.coverage_page(ctx, Asked::of((first, after), (last, before)))
                .await,
        )
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
        alone(care_team(ctx, self, Asked::of((first, after), (last, before))).await)
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
    ) -> ApiResult<AppointmentConnection> {
        let asked = Asked::of((first, after), (last, before));
        patient_appointments(ctx, self.face().id, filter, asked).await
    }

    /// Their next appointment that stands, if the viewer may see it. The patient, the doctor concerned, the care team,
    /// doctors who have broken the glass and administrators may read it.
    async fn next_appointment(&self, ctx: &Context<'_>) -> Alone<Appointment> {
        alone(next_appointment(ctx, self.face()).await)
    }

    /// Their problems and diagnoses, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn conditions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<ConditionStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<ConditionConnection> {
        let asked = Asked::of((first, after), (last, before));
        let page = page(ctx, self, status, asked, Condition::shown).await;
        alone(page.map(|page| page.map(ConditionConnection)))
    }

    /// Their allergies and intolerances, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn allergies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<AllergyStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<AllergyConnection> {
        let asked = Asked::of((first, after), (last, before));
        let page = page(ctx, self, status, asked, Allergy::shown).await;
        alone(page.map(|page| page.map(AllergyConnection)))
    }

    /// The medications ordered for them, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn medications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<MedicationRequestStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<MedicationRequestConnection> {
        let asked = Asked::of((first, after), (last, before));
        let page = page(ctx, self, status, asked, MedicationRequest::shown).await;
        alone(page.map(|page| page.map(MedicationRequestConnection)))
    }

    /// The medications that they say they take, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn medication_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<MedicationStatementStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<MedicationStatementConnection> {
        let asked = Asked::of((first, after), (last, before));
        let page = page(ctx, self, status, asked, MedicationStatement::shown).await;
        alone(page.map(|page| page.map(MedicationStatementConnection)))
    }

    /// Their immunizations, by when it happened; give `last` for the newest. The patient and doctors who treat them
    /// may read them.
    async fn immunizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all but those entered in error unless said.")]
        status: Option<ImmunizationStatus>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<ImmunizationConnection> {
        let asked = Asked::of((first, after), (last, before));
        let page = page(ctx, self, status, asked, Immunization::shown).await;
        alone(page.map(|page| page.map(ImmunizationConnection)))
    }

    /// Their vital signs of one kind over time. The patient and doctors who treat them may read them.
    async fn vitals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was measured.")] code: VitalCode,
        #[graphql(desc = "From when; a year before `to` unless said.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Until before when; now unless said.")] to: Option<DateTime<Utc>>,
    ) -> Alone<VitalSeries> {
        alone(series(ctx, self, code, (from, to)).await)
    }

    /// The newest reading of each of their vital signs, at most ten; none for whoever may not read them. The patient and doctors
    /// who treat them may read them.
    async fn latest_vitals(&self, ctx: &Context<'_>) -> ApiResult<Vec<Vital>> {
        Ok(latest(ctx, self).await?.unwrap_or_default())
    }

    /// Alerts on their vital signs, by when they were raised, the newest 500; give `last` for the newest. The patient and doctors
    /// who treat them may read them.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so; all unless said.")] status: Option<
            VitalAlertStatus,
        >,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> Alone<VitalAlertConnection> {
        let asked = Asked::of((first, after), (last, before));
        alone(alerts(ctx, self, status, asked).await)
    }

    /// The bounds by which their vital signs raise alerts, at most ten; none for whoever may not read them. The patient and doctors
    /// who treat them may read them.
    async fn vital_thresholds(&self, ctx: &Context<'_>) -> ApiResult<Vec<VitalThreshold>> {
        thresholds(ctx, self).await
    }

    /// The early warning score NEWS2 of what was measured in the last 24 hours; absent when nothing was, and for whoever is not
    /// 16. The patient and doctors who treat them may read it.
    async fn early_warning_score(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "By which scale oxygen saturation is scored.",
            default_with = "EarlyWarningScale::One"
        )]
        scale: EarlyWarningScale,
    ) -> Alone<EarlyWarningScore> {
        alone(early_warning(ctx, self, scale).await)
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
        let asked = Asked::of((first, after), (last, before));
        alone(access_log(ctx, self, asked).await)
    }

    /// Through what you may see this patient. Whoever may see the patient may read it.
    async fn viewer_relationship(&self, ctx: &Context<'_>) -> ApiResult<Relationship> {
        let facts = self.facts(ctx).await?;
        match look(&ctx.viewer(), Action::Read, &Resource::Identity(facts)) {
            Decision::Allow { relationship, .. } => Ok(relationship.into()),
            // The right to see them has ended since this answer began.
            Decision::Deny => Err(Fault::NotFound.into()),
        }
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

impl Patient {
    async fn reached_by(&self, ctx: &Context<'_>) -> ApiResult<Option<PatientContact>> {
        let Some(mask) = self.readable(ctx, Resource::Contact).await? else {
            return Ok(None);
        };
        let (record, vault) = (self.record(ctx).await?, &ctx.state()?.vault);
        // Whom to call is other people's names: no mask would leave them nobody's.
        let described = self.readable(ctx, Resource::Demographics).await?;
        let emergency = match described {
            Some(_) => record.emergency_contacts(vault)?,
            None => Vec::new(),
        };
        let contact = record.contact(vault)?;
        Ok(Some(PatientContact::shown(contact, emergency, mask)))
    }

    async fn coverage_page(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
    ) -> ApiResult<Option<CoverageConnection>> {
        let window = asked.window(ctx)?;
        let Some(mask) = self.readable(ctx, Resource::Coverage).await? else {
            return Ok(None);
        };
        let rows = ctx.state()?.loaders.coverages.load(self.face().id).await?;
        let rows = rows.unwrap_or_default();
        let page = Page::within(
            &window,
            &rows,
            |row| row.id,
            |row| Coverage::shown(Arc::clone(row), self.clone(), mask),
        );
        Ok(Some(CoverageConnection(page)))
    }
}
