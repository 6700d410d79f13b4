//! A document as clients see it.

use super::codes::{DocumentCategory, DocumentMediaType, DocumentStatus, ScanState};
use super::lists::visible;
use crate::access::Resource;
use crate::chart::graphql::{RecordSource, doctor_of};
use crate::doctor::graphql::Doctor;
use crate::document::detail::{self, Detail};
use crate::document::service;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use entity::document;
use entity::id::DocumentId;
use std::sync::{Arc, OnceLock};

/// A document that the viewer may know of; what is said of it is opened once, by the first who asks and may.
#[derive(Clone)]
pub struct Document {
    row: Arc<document::Model>,
    patient: Patient,
    opened: Arc<OnceLock<Detail>>,
}

crate::connection!(DocumentConnection, DocumentEdge, Document, "documents");

impl Document {
    /// A document of this patient that the viewer may know of.
    pub(super) fn shown(row: Arc<document::Model>, patient: Patient) -> Self {
        Self {
            row,
            patient,
            opened: Arc::default(),
        }
    }

    /// The same of a row that a verb has let the viewer have.
    pub(super) fn of(row: Arc<document::Model>, record: PatientRecord) -> Self {
        Self::shown(row, Patient::identified(record))
    }

    /// The document of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: DocumentId) -> ApiResult<Self> {
        let (row, record) = service::find(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self::of(row, record))
    }

    /// What is said of it, to whoever may see that.
    async fn says(&self, ctx: &Context<'_>) -> ApiResult<Option<&Detail>> {
        let stage = service::stage(&self.row);
        let content = |facts| Resource::DocumentContent(facts, stage);
        if self.patient.readable(ctx, content).await?.is_none() {
            return Ok(None);
        }
        if let Some(detail) = self.opened.get() {
            return Ok(Some(detail));
        }
        let detail = detail::open(self.patient.face(), &ctx.state()?.vault, &self.row)?;
        Ok(Some(self.opened.get_or_init(|| detail)))
    }

    async fn part<T>(
        &self,
        ctx: &Context<'_>,
        part: impl Fn(&Detail) -> Option<T> + Send,
    ) -> Option<ApiResult<T>>
    where
        T: Send,
    {
        nullable(async { Ok(self.says(ctx).await?.and_then(part)) }).await
    }
}

/// A file in a patient's record: FHIR DocumentReference. Doctors who treat the patient or have broken the glass may read it, and the
/// patient once it is shared with them or if they brought it; administrators may know that there is one, and not what it is called
/// or says.
#[Object]
impl Document {
    /// The id. Whoever may see the document may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row.id)
    }

    /// Whose record it is in. Whoever may see the document may read it.
    async fn patient(&self) -> Patient {
        self.patient.clone()
    }

    /// Where it stands. Whoever may see the document may read it.
    async fn status(&self) -> DocumentStatus {
        self.row.status.into()
    }

    /// Whether the file may be given to anybody. Whoever may see the document may read it.
    async fn scan(&self) -> ScanState {
        self.row.scan.into()
    }

    /// Who brought it, the patient or the clinic. Whoever may see the document may read it.
    async fn source(&self) -> RecordSource {
        self.row.source.into()
    }

    /// What kind of file it is. Whoever may see the document may read it.
    async fn media_type(&self) -> DocumentMediaType {
        self.row.media_type.into()
    }

    /// How many bytes it has. Whoever may see the document may read it.
    async fn size(&self) -> i32 {
        i32::try_from(self.row.size).unwrap_or(i32::MAX)
    }

    /// What it is called; null for whoever may not see what it says. The patient, doctors who treat them and whoever broke the
    /// glass may read it.
    async fn title(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        self.part(ctx, |detail| Some(detail.title.clone())).await
    }

    /// What the file was called where it came from, and is called when it is given; null for whoever may not see what it says. The
    /// patient, doctors who treat them and whoever broke the glass may read it.
    async fn file_name(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        self.part(ctx, |detail| Some(detail.file_name.clone()))
            .await
    }

    /// What it is about; null for whoever may not see what it says. The patient, doctors who treat them and whoever broke the glass
    /// may read it.
    async fn category(&self, ctx: &Context<'_>) -> Option<ApiResult<DocumentCategory>> {
        self.part(ctx, |detail| Some(detail.category.into())).await
    }

    /// What else there is to say; null for whoever may not see what it says. The patient, doctors who treat them and whoever broke
    /// the glass may read it.
    async fn description(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        self.part(ctx, |detail| detail.description.clone()).await
    }

    /// The SHA-256 of the file, in hexadecimal digits; null for whoever may not see what it says. The patient, doctors who treat
    /// them and whoever broke the glass may read it.
    async fn sha256(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        self.part(ctx, |detail| {
            detail.sha256.map(|hash| HEXLOWER.encode(&hash))
        })
        .await
    }

    /// Its number in its series, from 1: each that takes another's place has the next. Whoever may see the document may read it.
    async fn edition(&self) -> i32 {
        self.row.edition
    }

    /// Its whole series, the first first, as far as the viewer may see it. Whoever may see the document may read it.
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<DocumentConnection> {
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let documents = &ctx.state()?.loaders.documents;
        let rows = documents.of_series.load(self.row.series_id).await?;
        let rows = rows.unwrap_or_default();
        let rows = visible(ctx, &self.patient, rows.iter().cloned()).await?;
        let page = Page::within(
            &window,
            &rows,
            |row| row.edition,
            |row| Self::shown(Arc::clone(row), self.patient.clone()),
        );
        Ok(DocumentConnection(page))
    }

    /// Since when the patient is shown it; absent when they are not. Whoever may see the document may read it.
    async fn shared_at(&self) -> Option<DateTime<Utc>> {
        self.row.shared_at
    }

    /// When it was brought. Whoever may see the document may read it.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// The doctor who brought it, if a doctor did. Whoever may see the document may read it.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(doctor_of(ctx, self.row.recorded_by)).await
    }

    /// When what is known of it last changed. Whoever may see the document may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// Counts the changes of what is known of it; give it as `expectedVersion` to change it. Whoever may see the document may read
    /// it.
    async fn version(&self) -> i32 {
        self.row.version
    }
}
