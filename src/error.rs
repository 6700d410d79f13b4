//! The two kinds of "no": a refusal is the domain's answer, a fault is everything else.
//!
//! A verb returns [`Outcome`]: `?` lifts a [`Fault`] and can swallow no refusal, for that is the inner result.
//! Nothing here knows GraphQL or HTTP; a fault's cause stays private and is logged once, at the edge.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What a verb answers: the thing, the domain's refusal, or a fault.
pub type Outcome<T, R> = Result<Result<T, R>, Fault>;

/// Why something could not be answered at all. It deliberately has no `Display`: whatever is `Display` ends up in front
/// of clients, and a cause must not.
pub enum Fault {
    /// Nobody is signed in, or the session has ended.
    Unauthenticated,
    /// The viewer may see this, but not do that.
    Forbidden,
    /// There is no such thing, or the viewer may not know of it: the two look the same on purpose.
    NotFound,
    /// The request cannot mean anything; the words are for the caller and hold none of their input.
    BadRequest(&'static str),
    /// Too much of something; try again after this long.
    RateLimited(Duration),
    /// Something that is needed is away for the moment; trying again is reasonable.
    Unavailable(Cause),
    /// A mistake of ours.
    Internal(Cause),
}

/// A private cause: for the log, never for the client.
pub type Cause = Box<dyn StdError + Send + Sync>;

impl Fault {
    /// A mistake of ours, in words for the log.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// Something that is needed is away, in words for the log.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// For logs only.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("unauthenticated"),
            Self::Forbidden => f.write_str("forbidden"),
            Self::NotFound => f.write_str("not found"),
            Self::BadRequest(words) => write!(f, "bad request: {words}"),
            Self::RateLimited(wait) => write!(f, "rate limited for {} s", wait.as_secs()),
            Self::Unavailable(cause) => write!(f, "unavailable: {cause}"),
            Self::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}

/// Ends the verb with a refusal unless the inner result is good: what `?` is for faults, this is for refusals.
#[macro_export]
macro_rules! accept {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    };
}
