//! Work that goes on though whoever waits for it is not polled.

use crate::error::Fault;
use std::future::Future;
use std::task::Poll;

/// Does this: in its place if that is done at once, else as a task of its own.
///
/// The operations of a socket are polled only while its peer reads. What they had in hand would be held as long: a connection of the
/// database, or a look-up that everybody else waits for.
///
/// # Errors
/// When it panicked.
pub async fn onward<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Fault> {
    let mut work = Box::pin(work);
    match futures_util::poll!(work.as_mut()) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => tokio::spawn(work).await.map_err(Fault::internal),
    }
}

#[cfg(test)]
mod tests {
    use super::onward;
    use std::task::{Context, Waker};
    use std::time::Duration;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_waits_goes_on_though_nobody_asks_for_it() {
        let (begin, begun) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let mut work = Box::pin(onward(async move {
            let number: u8 = begun.await.unwrap_or_default();
            tokio::task::yield_now().await;
            let _heard = done.send(());
            number
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(work.as_mut().poll(&mut context).is_pending());
        begin.send(7).unwrap();
        let is_done = tokio::time::timeout(Duration::from_secs(10), is_done).await;
        assert!(is_done.is_ok_and(|it| it.is_ok()));
        assert_eq!(work.await.ok(), Some(7));
    }

    #[tokio::test]
    async fn what_is_done_at_once_needs_no_task_and_a_panic_is_a_fault() {
        let ids = tokio::spawn(async {
            let done = onward(async { tokio::task::id() }).await;
            (done.ok(), tokio::task::id())
        });
        let (there, here) = ids.await.unwrap();
        assert_eq!(there, Some(here));
        let panics = onward(async {
            tokio::task::yield_now().await;
            panic!("as it is meant to");
        });
        let done: Result<(), _> = panics.await;
        assert!(done.is_err());
    }
}
