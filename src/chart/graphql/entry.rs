//! What all entries of a chart share, whatever their kind.

use super::{
    Allergy, Condition, Encounter, Immunization, MedicationRequest, MedicationStatement, Order,
    RecordHistoryConnection, RecordProvenance, TestResult, VisitNote, Vital, history, provenance,
};
use crate::chart::content::{self, Content};
use crate::chart::{sealed, service};
use crate::doctor::graphql::{Coding, Doctor};
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, Asked, encode_id};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use async_graphql::{Context, ID, SimpleObject, Union};
use entity::chart_record;
use entity::code::RecordKind;
use entity::id::{
    AllergyId, ConditionId, EncounterId, ImmunizationId, MedicationRequestId,
    MedicationStatementId, OrderId, RecordId, TestResultId, UserId, VisitNoteId, VitalId,
};
use std::sync::{Arc, OnceLock};

/// An entry of a chart, of any kind. Whoever may see the entry may read it.
#[derive(Union, Clone)]
pub enum ChartRecord {
    /// A problem or a diagnosis.
    Condition(Condition),
    /// An allergy or intolerance.
    Allergy(Allergy),
    /// A medication that was ordered.
    MedicationRequest(MedicationRequest),
    /// A medication that the patient says they take.
    MedicationStatement(MedicationStatement),
    /// A vaccine that was given, or was not.
    Immunization(Immunization),
    /// A vital sign.
    Vital(Vital),
    /// A visit.
    Encounter(Encounter),
    /// A note of a visit.
    VisitNote(VisitNote),
    /// A test, an image or another's opinion that was ordered.
    Order(Order),
    /// What a test found.
    TestResult(TestResult),
}

impl ChartRecord {
    /// The entry of this row, which a verb has let the viewer have.
    pub(super) fn of(row: Arc<chart_record::Model>, record: PatientRecord) -> Self {
        Self::shown(row, Patient::identified(record))
    }

    /// The entry of this row, of a patient whom the viewer sees.
    #[must_use]
    pub fn shown(row: Arc<chart_record::Model>, patient: Patient) -> Self {
        match row.kind {
            RecordKind::Condition => Self::Condition(Condition(Entry::new(row, patient))),
            RecordKind::Allergy => Self::Allergy(Allergy(Entry::new(row, patient))),
            RecordKind::MedicationRequest => {
                Self::MedicationRequest(MedicationRequest(Entry::new(row, patient)))
            }
            RecordKind::MedicationStatement => {
                Self::MedicationStatement(MedicationStatement(Entry::new(row, patient)))
            }
            RecordKind::Immunization => Self::Immunization(Immunization(Entry::new(row, patient))),
            RecordKind::Vital => Self::Vital(Vital::shown(Entry::new(row, patient))),
            RecordKind::Encounter => Self::Encounter(Encounter::shown(Entry::new(row, patient))),
            RecordKind::VisitNote => Self::VisitNote(VisitNote::shown(Entry::new(row, patient))),
            RecordKind::Order => Self::Order(Order::shown(Entry::new(row, patient))),
            RecordKind::TestResult => Self::TestResult(TestResult::shown(Entry::new(row, patient))),
        }
    }

    /// The entry of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none of this kind that the viewer may see.
    pub async fn find(ctx: &Context<'_>, kind: RecordKind, id: RecordId) -> ApiResult<Self> {
        let (row, record) = service::find(ctx.state()?, &ctx.viewer(), kind, id).await?;
        Ok(Self::of(row, record))
    }
}

/// The id of an entry, as clients know it.
pub(super) fn id_of(row: &chart_record::Model) -> ID {
    let id = row.id.0;
    match row.kind {
        RecordKind::Condition => encode_id(ConditionId(id)),
        RecordKind::Allergy => encode_id(AllergyId(id)),
        RecordKind::MedicationRequest => encode_id(MedicationRequestId(id)),
        RecordKind::MedicationStatement => encode_id(MedicationStatementId(id)),
        RecordKind::Immunization => encode_id(ImmunizationId(id)),
        RecordKind::Vital => encode_id(VitalId(id)),
        RecordKind::Encounter => encode_id(EncounterId(id)),
        RecordKind::VisitNote => encode_id(VisitNoteId(id)),
        RecordKind::Order => encode_id(OrderId(id)),
        RecordKind::TestResult => encode_id(TestResultId(id)),
    }
}

/// A thing of medicine: in words always, and in as many code systems as name it. Whoever may see the entry may read it.
#[derive(SimpleObject, Clone)]
pub struct Concept {
    /// The words, as they were written.
    pub text: String,
    /// Its codes, the one that was chosen first; at most 5.
    pub codings: Vec<Coding>,
}

impl From<content::Concept> for Concept {
    fn from(concept: content::Concept) -> Self {
        Self {
            text: concept.text,
            codings: concept.codings.into_iter().map(Into::into).collect(),
        }
    }
}

/// An entry that the viewer may read; what it says is opened once, by the first who asks.
#[derive(Clone)]
pub struct Entry<C> {
    pub(super) row: Arc<chart_record::Model>,
    pub(super) patient: Patient,
    opened: Arc<OnceLock<C>>,
}

impl<C: Content> Entry<C> {
    /// An entry of this patient's chart that the viewer may read.
    pub(super) fn new(row: Arc<chart_record::Model>, patient: Patient) -> Self {
        Self {
            row,
            patient,
            opened: Arc::default(),
        }
    }

    /// The entry of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none of this kind that the viewer may see.
    pub(super) async fn find(ctx: &Context<'_>, id: RecordId) -> ApiResult<Self> {
        let (row, record) = service::find(ctx.state()?, &ctx.viewer(), C::KIND, id).await?;
        Ok(Self::new(row, Patient::identified(record)))
    }

    /// What it says.
    pub(super) fn says(&self, ctx: &Context<'_>) -> ApiResult<&C> {
        if let Some(content) = self.opened.get() {
            return Ok(content);
        }
        let content = sealed::open(self.patient.face(), &ctx.state()?.vault, &self.row)?;
        Ok(self.opened.get_or_init(|| content))
    }

    /// Its status in the words of its kind.
    pub(super) fn status<S>(
        &self,
        of: fn(entity::code::RecordStatus) -> Option<S>,
    ) -> ApiResult<S> {
        let status = of(self.row.status);
        Ok(status.ok_or_else(|| Fault::internal("a status of another kind"))?)
    }

    /// Where it came from, if it was taken in from elsewhere.
    pub(super) fn provenance(&self, ctx: &Context<'_>) -> ApiResult<Option<RecordProvenance>> {
        provenance::of(ctx, &self.row, &self.patient)
    }

    pub(super) async fn history(
        &self,
        ctx: &Context<'_>,
        asked: Asked,
    ) -> ApiResult<RecordHistoryConnection> {
        history::of(ctx, &self.row, &self.patient, asked).await
    }
}

/// The doctor that an account is, if it is one.
///
/// # Errors
/// Those of the database.
pub async fn doctor_of(ctx: &Context<'_>, user: Option<UserId>) -> ApiResult<Option<Doctor>> {
    let Some(user) = user else { return Ok(None) };
    let doctor = ctx.state()?.loaders.charts.doctors.load(user).await?;
    Ok(doctor.map(Doctor::listed))
}

/// Makes the type of a kind of entry: what is said of it, and then what it shares with all others.
macro_rules! entry {
    (
        $(#[$doc:meta])+
        $name:ident, $content:ident, $id:ident, $connection:ident, $edge:ident, $words:literal { $($fields:tt)* }
    ) => {
        $(#[$doc])+
        #[derive(Clone)]
        pub struct $name(pub(super) $crate::chart::graphql::entry::Entry<$crate::chart::content::$content>);

        impl $name {
            /// An entry that the viewer may see.
            pub(crate) fn shown(
                entry: $crate::chart::graphql::entry::Entry<$crate::chart::content::$content>,
            ) -> Self {
                Self(entry)
            }
        }

        $crate::chart::graphql::entry::entry_object! {
            $(#[$doc])+
            $name, $id, $connection, $edge, $words { $($fields)* }
        }
    };
}
pub(super) use entry;

/// The same for a type that is there already.
macro_rules! entry_object {
    (
        $(#[$doc:meta])+
        $name:ident, $id:ident, $connection:ident, $edge:ident, $words:literal { $($fields:tt)* }
    ) => {
        impl $name {
            /// The entry of this id.
            ///
            /// # Errors
            /// NOT_FOUND when there is none that the viewer may see.
            pub async fn find(
                ctx: &async_graphql::Context<'_>,
                id: entity::id::$id,
            ) -> $crate::graphql::ApiResult<Self> {
                let id = entity::id::RecordId(id.0);
                Ok(Self($crate::chart::graphql::entry::Entry::find(ctx, id).await?))
            }
        }

        $(#[$doc])+
        #[async_graphql::Object]
        impl $name {
            /// The id. Whoever may see the entry may read it.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::graphql::id(entity::id::$id(self.0.row.id.0))
            }

            /// Whose chart it is in. Whoever may see the entry may read it.
            async fn patient(&self) -> $crate::patient::graphql::Patient {
                self.0.patient.clone()
            }

            $($fields)*

            /// Whose word it is. Whoever may see the entry may read it.
            async fn source(&self) -> $crate::chart::graphql::codes::RecordSource {
                self.0.row.source.into()
            }

            /// Counts its changes; give it as `expectedVersion` to change it. Whoever may see the entry may read it.
            async fn version(&self) -> i32 {
                self.0.row.version
            }

            /// When it was recorded. Whoever may see the entry may read it.
            async fn recorded_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.row.created_at
            }

            /// When it last changed. Whoever may see the entry may read it.
            async fn updated_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.row.updated_at
            }

            /// The doctor who recorded it as it stands; absent when it was the patient, or nobody. Whoever may see the
            /// entry may read it.
            async fn recorded_by(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<$crate::graphql::ApiResult<$crate::doctor::graphql::Doctor>> {
                let user = self.0.row.recorded_by;
                $crate::graphql::nullable($crate::chart::graphql::entry::doctor_of(ctx, user)).await
            }

            /// Where it came from, if it was taken in from elsewhere and not recorded here. Whoever may see the entry may read it.
            async fn provenance(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<$crate::graphql::ApiResult<$crate::chart::graphql::provenance::RecordProvenance>> {
                self.0.provenance(ctx).transpose()
            }

            /// Every version of it, the first first; give `last` for the newest. Of a note, those before it was signed are for
            /// whoever reads drafts; of what is done at visits, the patient reads those since it is shared with them. Whoever
            /// may see the entry may read it.
            async fn history(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
                #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
                #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
                #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
            ) -> $crate::graphql::ApiResult<$crate::chart::graphql::RecordHistoryConnection> {
                let asked = $crate::graphql::Asked::of((first, after), (last, before));
                self.0.history(ctx, asked).await
            }
        }

        $crate::connection!($connection, $edge, $name, $words);
    };
}
pub(super) use entry_object;
