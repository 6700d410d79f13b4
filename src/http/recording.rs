//! Nothing is answered before what it shows is recorded.

use super::answer::{self, Answer};
use crate::access::Viewer;
use crate::error::Fault;
use crate::graphql::error::public;
use crate::state::State;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::sync::Arc;
use std::time::Instant;

fn instead(fault: &Fault) -> Answer {
    tracing::error!(
        ?fault,
        "An answer was held back: what it shows could not be recorded"
    );
    let (code, words) = public(fault);
    answer::refused(code, words)
}

async fn flush(state: &State, viewer: &Viewer) -> Result<(), Fault> {
    let begun = Instant::now();
    let flushed = state.audit.flush(viewer).await;
    state.db.meter().audit_wait.took(begun.elapsed());
    flushed
}

/// The answer, once what it shows is recorded; what cannot be recorded is not shown.
pub async fn recorded(state: &State, viewer: &Viewer, answer: Answer) -> Answer {
    match flush(state, viewer).await {
        Ok(()) => answer,
        Err(fault) => instead(&fault),
    }
}

/// The same for each delivery of a subscription; one that cannot be recorded is the last, and the client goes on from its
/// cursor.
pub fn delivered(
    state: Arc<State>,
    viewer: Viewer,
    answers: BoxStream<'static, Answer>,
) -> BoxStream<'static, Answer> {
    let going = Some((state, viewer, answers));
    stream::unfold(going, |going| async move {
        let (state, viewer, mut answers) = going?;
        let answer = answers.next().await?;
        match flush(&state, &viewer).await {
            Ok(()) => Some((answer, Some((state, viewer, answers)))),
            Err(fault) => Some((instead(&fault), None)),
        }
    })
    .boxed()
}
