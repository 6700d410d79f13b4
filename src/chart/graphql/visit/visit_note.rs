//! A note of a visit as clients see it.

use super::Encounter;
use super::codes::{NoteFormat, VisitNoteStatus};
use crate::chart::graphql::entry::entry;
use crate::doctor::graphql::Doctor;
use crate::graphql::{ApiResult, Asked, nullable};
use async_graphql::Context;
use chrono::{DateTime, Utc};

entry! {
    /// A note of a visit. A draft is for its author and the care team. Once its author has signed it, it stays as it is, and is
    /// added to by addenda; then doctors who treat the patient or have broken the glass may read it, and the patient once it is
    /// shared with them.
    VisitNote, VisitNote, VisitNoteId, VisitNoteConnection, VisitNoteEdge, "notes of visits" {
        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<VisitNoteStatus> {
            self.0.status(VisitNoteStatus::of)
        }

        /// Whether it is in parts or one text. Whoever may see the entry may read it.
        async fn format(&self, ctx: &Context<'_>) -> ApiResult<NoteFormat> {
            Ok(match self.0.says(ctx)?.is_in_parts() {
                true => NoteFormat::Soap,
                false => NoteFormat::Free,
            })
        }

        /// What it is about, in a line. Whoever may see the entry may read it.
        async fn title(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.title.clone()) }).await
        }

        /// What the patient says. Whoever may see the entry may read it.
        async fn subjective(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.subjective.clone()) }).await
        }

        /// What was found. Whoever may see the entry may read it.
        async fn objective(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.objective.clone()) }).await
        }

        /// What that means. Whoever may see the entry may read it.
        async fn assessment(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.assessment.clone()) }).await
        }

        /// What is to be done. Whoever may see the entry may read it.
        async fn plan(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.plan.clone()) }).await
        }

        /// All of it, when it is not in parts. Whoever may see the entry may read it.
        async fn text(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.text.clone()) }).await
        }

        /// The visit that it is of. Whoever may see both may read it.
        async fn encounter(&self, ctx: &Context<'_>) -> Option<ApiResult<Encounter>> {
            nullable(self.0.visit(ctx)).await
        }

        /// The note that it is added to, if it is an addendum. Whoever may see both may read it.
        async fn addendum_to(&self, ctx: &Context<'_>) -> Option<ApiResult<VisitNote>> {
            nullable(self.0.note(ctx)).await
        }

        /// What was added to it, the first first. Whoever may see the note may read those that they may see.
        async fn addenda(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
            #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
            #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
            #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
        ) -> ApiResult<VisitNoteConnection> {
            let asked = Asked::of((first, after), (last, before));
            Ok(VisitNoteConnection(self.0.notes(ctx, asked).await?))
        }

        /// Whose it is: the doctor who wrote it, and alone can sign it. Whoever may see the entry may read it.
        async fn author(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
            nullable(self.0.author(ctx)).await
        }

        /// When its author signed it; absent while it is a draft. Whoever may see the entry may read it.
        async fn signed_at(&self) -> Option<DateTime<Utc>> {
            self.0.row.signed_at
        }

        /// Since when the patient is shown it; absent when they are not. Whoever may see the entry may read it.
        async fn shared_at(&self) -> Option<DateTime<Utc>> {
            self.0.row.shared_at
        }
    }
}
