//! The kit that every face uses: errors, ids, pages, guards, refusals. It knows no room.

pub mod error;
pub mod guard;
pub mod id;
pub mod in_place;
pub mod live;
pub mod page;
mod refusal;

pub use error::{ApiError, ApiResult, as_it_stays};
pub use id::{Named, decode_id, encode_id};
pub use page::{Asked, PageInfo};

use crate::access::Viewer;
use crate::state::State;
use async_graphql::{Context, ID};
use std::sync::Arc;

/// What a resolver reads from its context.
pub trait Ask {
    /// The floor under all verbs.
    ///
    /// # Errors
    /// INTERNAL when the request was built without it, which is a mistake of ours.
    fn state(&self) -> ApiResult<&Arc<State>>;

    /// Who looks; nobody in particular when the request was built without a viewer.
    fn viewer(&self) -> Viewer;
}

impl Ask for Context<'_> {
    fn state(&self) -> ApiResult<&Arc<State>> {
        self.data_opt::<Arc<State>>()
            .ok_or_else(|| crate::error::Fault::internal("a request without its state").into())
    }

    fn viewer(&self) -> Viewer {
        self.data_opt::<Viewer>().cloned().unwrap_or_default()
    }
}

/// Runs a nullable field's resolver so that its failure nulls the field alone, beside its error. (Returned the other way
/// round, as a result of an option, the library would null the parent too.)
pub async fn nullable<T>(
    work: impl Future<Output = ApiResult<Option<T>>> + Send,
) -> Option<ApiResult<T>> {
    work.await.transpose()
}

/// The id of a thing as a client knows it.
#[must_use]
pub fn id<T: Named>(id: T) -> ID {
    encode_id(id)
}
