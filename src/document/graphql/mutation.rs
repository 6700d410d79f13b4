//! Bringing documents, changing what is known of them, and asking for them.

use super::inputs::{
    CreateDocumentLinkInput, EnterDocumentInErrorInput, ShareDocumentInput, StartUploadInput,
    UpdateDocumentInput,
};
use super::payloads::{
    CreateDocumentLinkPayload, EnterDocumentInErrorPayload, ShareDocumentPayload, StartUploadError,
    StartUploadPayload, UpdateDocumentError, UpdateDocumentPayload, after,
};
use crate::document::service::{self, EnterInError, Share, Update};
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, Object};
use entity::code::Roles;

/// Files in patients' records.
#[derive(Default)]
pub struct DocumentMutation;

/// Files in patients' records.
#[Object]
impl DocumentMutation {
    /// Asks for leave to bring a file into a record, or one that takes another's place. The bytes go by a route of their own, which
    /// the answer names. The patient and doctors who treat them may; replacing is for those doctors.
    #[graphql(guard = "SignedIn")]
    async fn start_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which file, and whose.")] input: StartUploadInput,
    ) -> ApiResult<StartUploadPayload> {
        let said = service::start(ctx.state()?, &ctx.viewer(), input.try_into()?).await?;
        Ok(match said {
            Ok(ticket) => StartUploadPayload {
                upload: Some(ticket.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => StartUploadPayload {
                upload: None,
                user_errors: StartUploadError::all(refusal),
            },
        })
    }

    /// Changes what a document is called and what is said of it; the file stays as it is. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateDocumentInput,
    ) -> ApiResult<UpdateDocumentPayload> {
        let command: Update = input.try_into()?;
        let id = command.document;
        let said = service::update(ctx.state()?, &ctx.viewer(), command).await?;
        let (document, user_errors) = after(ctx, id, (said, UpdateDocumentError::all)).await?;
        Ok(UpdateDocumentPayload {
            document,
            user_errors,
        })
    }

    /// Shows the patient a document, or shows it no longer; what the patient brought they go on seeing. Doctors who treat the
    /// patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn share_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ShareDocumentInput,
    ) -> ApiResult<ShareDocumentPayload> {
        let command: Share = input.try_into()?;
        let id = command.document;
        let said = service::share(ctx.state()?, &ctx.viewer(), command).await?;
        let told = |refusal| vec![super::payloads::ShareDocumentError::from(refusal)];
        let (document, user_errors) = after(ctx, id, (said, told)).await?;
        Ok(ShareDocumentPayload {
            document,
            user_errors,
        })
    }

    /// Says that a document should not be in the record: it stays, and is given to nobody any more. Doctors who treat the patient
    /// may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn enter_document_in_error(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: EnterDocumentInErrorInput,
    ) -> ApiResult<EnterDocumentInErrorPayload> {
        let command: EnterInError = input.try_into()?;
        let id = command.document;
        let said = service::enter_in_error(ctx.state()?, &ctx.viewer(), command).await?;
        let told = |refusal| vec![super::payloads::EnterDocumentInErrorError::from(refusal)];
        let (document, user_errors) = after(ctx, id, (said, told)).await?;
        Ok(EnterDocumentInErrorPayload {
            document,
            user_errors,
        })
    }

    /// Asks for a link by which the file is given to you, for a short time and as long as you may see it. Whoever may see what the
    /// document says may: the patient if it is shared with them, doctors who treat them and whoever broke the glass.
    #[graphql(guard = "SignedIn")]
    async fn create_document_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which.")] input: CreateDocumentLinkInput,
    ) -> ApiResult<CreateDocumentLinkPayload> {
        let said = service::link(ctx.state()?, &ctx.viewer(), decode_id(&input.id)?).await?;
        Ok(match said {
            Ok(link) => CreateDocumentLinkPayload {
                link: Some(link.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => CreateDocumentLinkPayload {
                link: None,
                user_errors: vec![refusal.into()],
            },
        })
    }
}
