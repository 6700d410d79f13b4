//! How far a socket has come, what is being decided about it, and how it ends.

use std::{future::pending, sync::Arc};

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::Close;

/// How a socket ends.
pub(super) enum End {
    Close(Close),
    ClosedByPeer,
    /// What was sent is not taken, so nothing more can be.
    Slow,
    /// The connection is no more.
    Lost,
}

impl End {
    /// What it is counted as.
    pub(super) fn cause(&self) -> &'static str {
        match self {
            Self::Close(close) => close.cause(),
            Self::ClosedByPeer => "left",
            Self::Slow => "slow",
            Self::Lost => "lost",
        }
    }
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// How far the socket has come.
pub(super) enum Phase<S> {
    Waiting,
    Opening(BoxFuture<'static, Result<Arc<S>, Close>>),
    Open(Open<S>),
}

/// A socket whose session was acknowledged.
pub(super) struct Open<S> {
    pub(super) session: watch::Sender<Arc<S>>,
    pub(super) revoked: BoxFuture<'static, ()>,
    pub(super) renewal: Option<BoxFuture<'static, Result<Option<Arc<S>>, Close>>>,
}

/// What the application has decided.
pub(super) enum Verdict<S> {
    Opened(Result<Arc<S>, Close>),
    Renewed(Result<Option<Arc<S>>, Close>),
    Revoked,
}

impl<S> Phase<S> {
    /// The next thing that is decided.
    pub(super) async fn verdict(&mut self) -> Verdict<S> {
        match self {
            Self::Waiting => pending().await,
            Self::Opening(opening) => Verdict::Opened(opening.await),
            Self::Open(open) => tokio::select! {
                biased;
                () = &mut open.revoked => Verdict::Revoked,
                renewed = maybe(open.renewal.as_mut()) => Verdict::Renewed(renewed),
            },
        }
    }

    /// A renewal is awaited before the next message is read: its answer decides about that message.
    pub(super) fn listens(&self) -> bool {
        !matches!(self, Self::Open(open) if open.renewal.is_some())
    }
}

async fn maybe<T>(future: Option<&mut BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
