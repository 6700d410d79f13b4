//! What an application tells the socket loop: who is there, for how long, and what they asked for.
//!
//! Refuses to know tokens, users and documents; those stay behind [`Sessions`].

use std::{future::Future, sync::Arc, time::Duration};

use axum::extract::ws::Utf8Bytes;
use futures_util::stream::BoxStream;
use tokio::sync::watch;

use super::{Close, Object, OperationRequest, Outlet};

/// One JSON value, written already; cheap to clone, so one text serves many sockets.
pub type Payload = Utf8Bytes;

/// The results of an operation, each a JSON object as `next` carries it.
pub type Payloads = BoxStream<'static, Payload>;

/// The application behind a socket.
///
/// Every future may be dropped before it is done: when the client completes an operation, when the
/// socket ends. Work that must not stop half-way belongs into a task of its own.
pub trait Sessions: Send + Sync + 'static {
    /// Who is on a socket and by what right.
    type Session: Send + Sync + 'static;

    /// Reads the payload of `connection_init`; an anonymous session is the application's to allow.
    fn open(
        &self,
        payload: Option<Object>,
    ) -> impl Future<Output = Result<Arc<Self::Session>, Close>> + Send;

    /// Reads the payload of a `ping`: a session that replaces the current one, or nothing if it holds
    /// no token.
    ///
    /// The new session must be of the same owner. The next message is read when this is done, so one
    /// that never is ends the socket as silent.
    fn renew(
        &self,
        current: &Arc<Self::Session>,
        payload: Object,
    ) -> impl Future<Output = Result<Option<Arc<Self::Session>>, Close>> + Send;

    /// Whose sockets are counted together; none for the anonymous, whom only the address limits.
    fn owner(&self, session: &Self::Session) -> Option<u128>;

    /// How long the session still holds by the application's clock: zero when over, none when without
    /// end. Asked before each delivery and at least once between two pings.
    fn time_left(&self, session: &Self::Session) -> Option<Duration>;

    /// Resolves once the session is revoked, at once if it is already.
    fn revoked(&self, session: &Arc<Self::Session>) -> impl Future<Output = ()> + Send;

    /// Starts an operation: its results, or the JSON array of errors that refused it. A result that is next may go by the outlet
    /// instead, if the session still holds then.
    fn subscribe(
        &self,
        session: Current<Self::Session>,
        request: OperationRequest,
        outlet: Outlet,
    ) -> impl Future<Output = Result<Payloads, Payload>> + Send;

    /// The JSON array of errors for an operation that the socket itself refuses or ends.
    fn refusal(&self, why: Refusal) -> Payload {
        Payload::from_static(match why {
            Refusal::TooManyOperations => {
                r#"[{"message":"too many operations on this socket","extensions":{"code":"RATE_LIMITED"}}]"#
            }
            Refusal::ResultTooLarge => {
                r#"[{"message":"result too large for a socket","extensions":{"code":"BAD_REQUEST"}}]"#
            }
        })
    }
}

/// Why the socket itself refuses or ends an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// As many operations run on this socket as may.
    TooManyOperations,
    /// A result does not fit into the write buffer of a socket.
    ResultTooLarge,
}

/// The session of a socket as it is now; a renewal shows in operations that run already.
pub struct Current<S>(watch::Receiver<Arc<S>>);

impl<S> Current<S> {
    pub(super) fn of(session: &watch::Sender<Arc<S>>) -> Self {
        Self(session.subscribe())
    }

    /// The session that holds at this moment.
    pub fn get(&self) -> Arc<S> {
        Arc::clone(&self.0.borrow())
    }

    /// What it says at this moment.
    pub fn with<T>(&self, said: impl FnOnce(&S) -> T) -> T {
        said(&self.0.borrow())
    }
}

impl<S> Clone for Current<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
