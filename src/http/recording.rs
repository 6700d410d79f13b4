//! Nothing is answered before what it shows is recorded.

use super::answer::{self, Answer};
use super::operation;
use super::straight::Straight;
use crate::access::Viewer;
use crate::audit::{Following, Keeping};
use crate::error::Fault;
use crate::graphql::error::public;
use crate::graphql::live::STALE;
use crate::state::State;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::collections::VecDeque;
use std::future::pending;
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

/// How many deliveries of a subscription may be made before the first of them is recorded: whoever catches up does not wait
/// for a commit at each.
const AHEAD: usize = 16;

/// The same for each delivery of a subscription; one that cannot be recorded is the last, and the client goes on from its
/// cursor.
pub fn delivered(
    state: Arc<State>,
    (viewer, following): (Viewer, Arc<Following>),
    answers: BoxStream<'static, operation::Made>,
    straight: Option<Arc<Straight>>,
) -> BoxStream<'static, Answer> {
    let deliveries = Deliveries {
        state,
        viewer,
        following,
        answers: Some(answers),
        made: VecDeque::new(),
        straight,
        handed: Instant::now(),
    };
    stream::unfold(deliveries, |mut deliveries| async move {
        let answer = deliveries.next().await?;
        Some((answer, deliveries))
    })
    .boxed()
}

/// The deliveries of one subscription.
struct Deliveries {
    state: Arc<State>,
    viewer: Viewer,
    following: Arc<Following>,
    /// None once they have ended.
    answers: Option<BoxStream<'static, operation::Made>>,
    /// Those that are being recorded, in order.
    made: VecDeque<Made>,
    /// Closed while any is being recorded.
    straight: Option<Arc<Straight>>,
    /// When the last was handed out: from then on nobody was there to take the next until it is asked for.
    handed: Instant,
}

/// A delivery that is being recorded.
struct Made {
    answer: Answer,
    at: Instant,
    keeping: Keeping,
}

impl Deliveries {
    /// The next that is recorded, or none after the last.
    async fn next(&mut self) -> Option<Answer> {
        if !self.made.is_empty() && self.handed.elapsed() > STALE {
            tracing::debug!("Deliveries were not read in time; the client goes on from its cursor");
            self.ends();
            let (code, words) = public(&Fault::unavailable("deliveries were not read in time"));
            return Some(answer::refused(code, words));
        }
        let answer = loop {
            let Self { answers, made, .. } = self;
            let (is_any, has_room) = (!made.is_empty(), made.len() < AHEAD);
            if !is_any && answers.is_none() {
                return None;
            }
            let first = async {
                match made.front_mut() {
                    Some(made) => made.keeping.kept().await,
                    None => pending().await,
                }
            };
            let more = async {
                match answers {
                    Some(answers) => answers.next().await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                kept = first, if is_any => {
                    let made = self.made.pop_front()?;
                    self.says_whether_behind();
                    self.state.db.meter().audit_wait.took(made.at.elapsed());
                    break match kept {
                        Ok(()) => made.answer,
                        Err(fault) => {
                            self.ends();
                            instead(&fault)
                        }
                    };
                }
                more = more, if has_room => match more {
                    None => self.answers = None,
                    Some(more) if more.is_recorded && self.made.is_empty() => break more.answer,
                    Some(more) => {
                        let made = self.recording(more);
                        self.made.push_back(made);
                        self.says_whether_behind();
                    }
                },
            }
        };
        self.handed = Instant::now();
        Some(answer)
    }

    fn says_whether_behind(&self) {
        if let Some(straight) = &self.straight {
            straight.is_behind(!self.made.is_empty());
        }
    }

    /// An answer that is being recorded, or, when that cannot be, what is said in its place: what was made before it is
    /// recorded, and goes out first.
    fn recording(&mut self, more: operation::Made) -> Made {
        let (audit, viewer) = (&self.state.audit, &self.viewer);
        let keeping = match more.is_recorded {
            true => Ok(Keeping::nothing()),
            false => audit.keep_shown(viewer, &self.following),
        };
        let (answer, keeping) = match keeping {
            Ok(keeping) => (more.answer, keeping),
            Err(fault) => {
                self.answers = None;
                (instead(&fault), Keeping::nothing())
            }
        };
        Made {
            answer,
            at: Instant::now(),
            keeping,
        }
    }

    /// Nothing comes any more; what is being recorded is recorded all the same.
    fn ends(&mut self) {
        self.answers = None;
        self.made.clear();
    }
}
