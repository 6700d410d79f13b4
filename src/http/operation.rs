//! One operation as the library runs it; and one that is live: opened once, then run again for each message that is to be
//! resolved ([`Slot`]).

use super::answer::{self, Answer, finished};
use super::sharing::answered;
use crate::access::Viewer;
use crate::access::fields::Proving;
use crate::account::Client;
use crate::batch::onward;
use crate::error::Fault;
use crate::gate::Document;
use crate::graphql::error::{Code, public};
use crate::graphql::live::{Handed, Message, STALE, Slot};
use crate::schema::Schema;
use crate::state::State;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, Variables};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

/// What a run of an operation needs.
#[derive(Clone)]
pub struct Run {
    /// The document, prepared.
    pub document: Arc<Document>,
    /// The document in its place, where a stream goes on from a message.
    pub resumed: Option<Arc<ExecutableDocument>>,
    /// Which operation of the document.
    pub name: Option<String>,
    /// Its variables.
    pub variables: Variables,
    /// The floor under the verbs.
    pub state: Arc<State>,
    /// Who looks, with the trail of this operation.
    pub viewer: Viewer,
    /// What it proves.
    pub proving: Proving,
    /// From where it came.
    pub client: Client,
}

impl Run {
    /// The request. The text is left out: the library needs none, it gets the parsed document.
    pub fn into_request(self) -> Request {
        let parsed = match &self.resumed {
            Some(resumed) => ExecutableDocument::clone(resumed),
            None => self.document.parsed.clone(),
        };
        let mut request = Request::new("")
            .variables(self.variables)
            .data(self.state)
            .data(self.viewer)
            .data(self.proving)
            .data(self.client);
        if let Some(name) = self.name {
            request = request.operation_name(name);
        }
        request.set_parsed_query(parsed);
        request
    }
}

/// Opens a live operation, on the first schema; its messages are resolved on the second.
///
/// # Errors
/// The refusal, when the document cannot run. Whether the field may be followed is the first answer.
pub async fn opened(
    run: Run,
    slot: Slot,
    (first, next): (&Schema, &Schema),
    cost: u64,
) -> Result<BoxStream<'static, Made>, Answer> {
    let slot = Arc::new(slot);
    let request = run.clone().into_request().data(Arc::clone(&slot));
    let mut opening = first.execute_stream(request);
    // A refused document is the stream's first and only answer. A stream with nothing to say yet is not held up.
    let phase = match futures_util::poll!(opening.next()) {
        Poll::Ready(Some(response)) if answer::is_request_error(&response) => {
            return Err(finished(response, cost));
        }
        Poll::Ready(Some(response)) => {
            Phase::Opening(stream::once(async { response }).chain(opening).boxed())
        }
        Poll::Ready(None) => match slot.following() {
            Some(following) => Phase::Following(following),
            // The library looks for the field of a subscription directly below it, not into fragments.
            None => {
                let words = "A subscription names its field itself, not through a fragment.";
                return Err(answer::refused(Code::BadRequest, words));
            }
        },
        Poll::Pending => Phase::Opening(opening.boxed()),
    };
    let live = Live {
        run,
        schema: next.clone(),
        cost,
        slot,
        phase,
    };
    let answers = stream::unfold(live, |mut live| async move {
        let answer = live.next().await?;
        Some((answer, live))
    });
    Ok(answers.boxed())
}

/// An answer on its way out.
pub struct Made {
    /// The answer.
    pub answer: Answer,
    /// Whether what it shows is recorded.
    pub is_recorded: bool,
}

impl From<Answer> for Made {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            is_recorded: false,
        }
    }
}

/// A live operation.
struct Live {
    run: Run,
    schema: Schema,
    cost: u64,
    slot: Arc<Slot>,
    phase: Phase,
}

enum Phase {
    /// What the opening run answers: nothing, unless the field may not be followed.
    Opening(BoxStream<'static, Response>),
    /// What the subscriber is told.
    Following(BoxStream<'static, Handed>),
}

impl Live {
    /// The next answer, or none after the last.
    async fn next(&mut self) -> Option<Made> {
        if let Phase::Opening(opening) = &mut self.phase {
            if let Some(response) = opening.next().await {
                return Some(finished(response, self.cost).into());
            }
            self.phase = Phase::Following(self.slot.following()?);
        }
        let Phase::Following(following) = &mut self.phase else {
            return None;
        };
        match following.next().await? {
            Handed::Written(text) => Some(Answer::Written(text).into()),
            Handed::Recorded(text) => Some(Made {
                answer: Answer::Written(text),
                is_recorded: true,
            }),
            Handed::Message(message) => match self.resolved(message).await {
                Ok(answer) => Some(answer?.into()),
                Err(fault) => {
                    self.phase = Phase::Following(stream::empty().boxed());
                    let (code, words) = public(&fault);
                    Some(answer::refused(code, words).into())
                }
            },
        }
    }

    /// The answer with this message: a run of the operation, in which the field's resolver finds it. It is made though the subscriber
    /// may not read meanwhile.
    ///
    /// # Errors
    /// When nobody took it in time: what may be seen was decided when it was made.
    async fn resolved(&mut self, message: Message) -> Result<Option<Answer>, Fault> {
        let (run, schema, cost) = (self.run.clone(), self.schema.clone(), self.cost);
        let slot = Arc::clone(&self.slot);
        let made = onward(async move {
            slot.resolves(message);
            let request = run.into_request().data(Arc::clone(&slot));
            let response = schema.execute_stream(request).next().await;
            let answer = response.map(|it| answered(it, cost, slot.drafted()));
            (answer, Instant::now())
        });
        let (answer, at) = made.await?;
        if at.elapsed() > STALE {
            return Err(Fault::unavailable("deliveries were not read in time"));
        }
        Ok(answer)
    }
}
