//! Something that is found out once for all who wait for it.

use crate::error::Fault;
use tokio::sync::watch;

/// What is found out, or will be. It is a task of its own that finds it out: whoever asked first may belong to a socket that
/// is not served for a while, and the others are not to wait for that.
#[derive(Clone, Debug)]
pub struct Told<V>(watch::Receiver<Option<Result<V, ()>>>);

impl<V: Clone + Send + Sync + 'static> Told<V> {
    /// Begins to find it out.
    pub fn by(work: impl Future<Output = Result<V, Fault>> + Send + 'static) -> Self {
        let (tell, told) = watch::channel(None);
        tokio::spawn(async move {
            let found = work.await.map_err(|fault| {
                tracing::warn!(?fault, "What many wait for could not be found out");
            });
            tell.send_replace(Some(found));
        });
        Self(told)
    }

    /// What was found out, if it is.
    pub fn at_hand(&self) -> Option<V> {
        match &*self.0.borrow() {
            Some(Ok(value)) => Some(value.clone()),
            _ => None,
        }
    }

    /// What was found out.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it could not be; its cause has been logged by then.
    pub async fn get(&self) -> Result<V, Fault> {
        let mut told = self.0.clone();
        let found = told.wait_for(Option::is_some).await;
        match found.as_deref() {
            Ok(Some(Ok(value))) => Ok(value.clone()),
            _ => Err(Fault::unavailable("what many wait for is not there")),
        }
    }
}
