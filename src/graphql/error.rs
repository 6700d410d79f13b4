//! The one error type of resolvers. It has no `Display` on purpose: async-graphql turns whatever is `Display` into text
//! for the client, and a cause must not reach one.

use crate::error::Fault;
use async_graphql::{Error, ErrorExtensions};
use std::sync::Arc;

/// How many errors an answer lists at most; a document can be wrong in thousands of places.
pub const MOST_ERRORS: usize = 10;

/// A fault on its way to the client; shared, because async-graphql wants to clone what a resolver returns.
#[derive(Clone)]
pub struct ApiError(Arc<Fault>);

/// What resolvers return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// Whether the thing asked for is not there for this viewer, rather than something having gone wrong.
    #[must_use]
    pub fn is_about_the_thing(&self) -> bool {
        matches!(
            *self.0,
            Fault::NotFound | Fault::Forbidden | Fault::BadRequest(_)
        )
    }
}

/// What a refused change leaves as it was, if the viewer may (still) see it.
///
/// # Errors
/// Whatever else went wrong in finding it.
pub fn as_it_stays<T>(found: ApiResult<T>) -> ApiResult<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(*error.0, Fault::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self(Arc::new(fault))
    }
}

impl From<crate::vault::Unreadable> for ApiError {
    fn from(unreadable: crate::vault::Unreadable) -> Self {
        Fault::from(unreadable).into()
    }
}

/// The closed list of top-level codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Sign in first.
    Unauthenticated,
    /// Seen, but not to be done by this viewer.
    Forbidden,
    /// Not there, or not to be known of.
    NotFound,
    /// The request cannot mean anything.
    BadRequest,
    /// The thing changed in the meantime.
    Conflict,
    /// Too much, too fast.
    RateLimited,
    /// Try again later.
    Unavailable,
    /// A mistake of ours.
    Internal,
}

impl Code {
    /// As clients read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadRequest => "BAD_REQUEST",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// The code and the words that the client sees of a fault. The cause is not among them.
#[must_use]
pub fn public(fault: &Fault) -> (Code, &'static str) {
    match fault {
        Fault::Unauthenticated => (Code::Unauthenticated, "Sign in first."),
        Fault::Forbidden => (Code::Forbidden, "You may not do this."),
        Fault::NotFound => (Code::NotFound, "There is no such thing."),
        Fault::BadRequest(words) => (Code::BadRequest, words),
        Fault::RateLimited(_) => (Code::RateLimited, "Too many requests; try again later."),
        Fault::Unavailable(_) => (Code::Unavailable, "Not available now; try again later."),
        Fault::Internal(_) => (Code::Internal, "Something went wrong on our side."),
    }
}

impl From<ApiError> for Error {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the ban points to"
    )]
    fn from(ApiError(fault): ApiError) -> Self {
        match &*fault {
            Fault::Internal(_) => tracing::error!(?fault, "A resolver failed"),
            Fault::Unavailable(_) => tracing::warn!(?fault, "A resolver could not answer"),
            _ => {}
        }
        let (code, words) = public(&fault);
        Self::new(words).extend_with(|_, extensions| {
            extensions.set("code", code.as_str());
            if let Fault::RateLimited(wait) = &*fault {
                extensions.set("retryAfter", wait.as_secs().max(1));
            }
        })
    }
}
