//! From a request to an answer: the gate, the table of fields, the library.
//!
//! The default-deny table is read before anything runs, off the document's plan: it names every field that the operation
//! can reach, through whatever fragment, interface or alias. If all of them are open to this viewer the operation runs
//! as it is, and no field pays for the check. Otherwise it runs on a twin of the schema whose extension asks the table at
//! every field, so that the answer says exactly which fields were denied and keeps the rest. A test runs everything on
//! the twin and finds the same answers.

use super::answer::{self, Answer, finished};
use super::given::with_given;
use super::once::ONCE;
use super::operation::{self, Run};
use super::persisted::text_of;
use super::recording::{delivered, recorded};
use super::request::Asked;
use super::resume::resumed;
use super::settings::{EngineSettings, Introspection};
use super::sharing;
use super::straight::Straight;
use crate::access::fields::{Proving, Table, Verdict};
use crate::access::{Begun, Object, Viewer};
use crate::account::Client;
use crate::audit::Following;
use crate::error::Fault;
use crate::gate::{Documents, Inputs, Limits, OperationPlan, Persisted, SchemaMap};
use crate::graphql::error::{Code, public};
use crate::graphql::live::{self, Key, Slot};
use crate::schema::{self, Schema};
use crate::state::State;
use async_graphql::parser::types::OperationType;
use futures_util::stream::{BoxStream, StreamExt as _};
use std::sync::Arc;
use std::time::Instant;

/// Bytes that prepared documents may take.
const DOCUMENT_BYTES: u64 = 32 * 1024 * 1024;
/// Bytes that persisted documents may take.
const PERSISTED_BYTES: u64 = 8 * 1024 * 1024;

/// The engine. One a process.
pub struct Engine {
    plain: Schema,
    swift: Schema,
    checked: Schema,
    inputs: Inputs,
    table: Table,
    documents: Documents,
    persisted: Persisted,
    settings: EngineSettings,
    state: Arc<State>,
}

/// Who a request's header says is there.
#[derive(Clone, Copy)]
pub enum Bearer<'a> {
    /// This viewer: of a good token, or of none.
    Good(&'a Viewer),
    /// Nobody: there is a token, and it is no good.
    Bad,
}

/// A request that may run.
struct Ready {
    run: Run,
    /// Whether every variable has a value: then validation looks at every argument.
    complete: bool,
    kind: OperationType,
    cost: u64,
    denied: bool,
    /// The table's word on the field of a subscription.
    stream: Verdict,
    /// The name of the answers of a subscription that may be shared.
    shared: Option<Key>,
}

impl Engine {
    /// An engine over this state.
    ///
    /// # Errors
    /// When the schema does not read back, which is a mistake of ours.
    pub fn new(
        state: Arc<State>,
        settings: EngineSettings,
    ) -> Result<Self, async_graphql::parser::Error> {
        let plain = schema::build();
        let sdl = plain.sdl();
        let map = SchemaMap::from_sdl(&sdl)?;
        let limits = Limits {
            once: ONCE,
            ..settings.limits.clone()
        };
        Ok(Self {
            inputs: Inputs::from_sdl(&sdl)?,
            checked: schema::build_checked(),
            swift: schema::build_swift(),
            plain,
            table: Table::new(),
            documents: Documents::new(map, limits, DOCUMENT_BYTES),
            persisted: Persisted::new(PERSISTED_BYTES),
            settings,
            state,
        })
    }

    /// The floor under the verbs.
    #[must_use]
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Runs a query or mutation.
    ///
    /// With a token that is no good nobody is signed in, and that must be told, or clients would not know to renew it.
    /// Only a mutation that anybody may call runs all the same: clients send their header with `refreshSession` too.
    pub async fn run(&self, bearer: Bearer<'_>, client: Client, asked: Asked) -> Answer {
        let answer = self.answer(bearer, client, asked).await;
        self.state.db.meter().requests.one(answer.outcome());
        answer
    }

    async fn answer(&self, bearer: Bearer<'_>, client: Client, asked: Asked) -> Answer {
        let anonymous = Viewer::anonymous();
        let viewer = match bearer {
            Bearer::Good(viewer) => viewer,
            Bearer::Bad => &anonymous,
        };
        let ready = match self.prepare(viewer, client, asked) {
            Ok(ready) => ready,
            Err(refused) => return refused,
        };
        let open = ready.kind == OperationType::Mutation && !ready.denied;
        if matches!(bearer, Bearer::Bad) && !open {
            ready.run.viewer.denied(Object::Nothing);
            let (code, words) = public(&Fault::Unauthenticated);
            return recorded(&self.state, &ready.run.viewer, answer::refused(code, words)).await;
        }
        if ready.kind == OperationType::Subscription {
            return answer::refused(
                Code::BadRequest,
                "Subscriptions run over a WebSocket (graphql-transport-ws), or as text/event-stream.",
            );
        }
        self.execute(ready).await
    }

    /// Runs what is no subscription.
    async fn execute(&self, ready: Ready) -> Answer {
        let checked = ready.denied || self.settings.always_checked;
        let schema = match () {
            () if checked => &self.checked,
            () if ready.complete && ready.run.document.is_valid() => &self.swift,
            () => &self.plain,
        };
        let (document, viewer) = (Arc::clone(&ready.run.document), ready.run.viewer.clone());
        let begun = Instant::now();
        let running = schema.execute(ready.run.into_request());
        let running = tokio::time::timeout(self.settings.timeout, running);
        let ended = running.await;
        self.state.db.meter().execute.took(begun.elapsed());
        let answer = match ended {
            Ok(response) => {
                let answer = finished(response, ready.cost);
                if !checked && ready.complete && matches!(answer, Answer::Ran(..)) {
                    document.set_valid();
                }
                answer
            }
            Err(_) => answer::took_too_long(),
        };
        recorded(&self.state, &viewer, answer).await
    }

    /// Starts any operation, for a socket: what it answers, one after the other. What is next may go straight to the subscriber instead.
    ///
    /// # Errors
    /// The refusal, when nothing runs.
    pub async fn start(
        &self,
        viewer: &Viewer,
        client: Client,
        asked: Asked,
        subscriptions_only: bool,
        straight: Option<Arc<Straight>>,
    ) -> Result<BoxStream<'static, Answer>, Answer> {
        let ready = self.prepare(viewer, client, asked)?;
        // The twin asks at each delivery, which is too late for a stream that may not begin.
        let fault = match ready.stream {
            Verdict::Open => None,
            Verdict::Unauthenticated => Some(Fault::Unauthenticated),
            Verdict::Denied => Some(Fault::Forbidden),
        };
        if let Some(fault) = fault {
            let (code, words) = public(&fault);
            let refused = answer::refused(code, words);
            return Err(recorded(&self.state, &ready.run.viewer, refused).await);
        }
        let cost = ready.cost;
        if ready.kind != OperationType::Subscription {
            if subscriptions_only {
                let words = "Only subscriptions run here; send the rest by POST, for JSON.";
                return Err(answer::refused(Code::BadRequest, words));
            }
            return match self.execute(ready).await {
                refused @ Answer::Refused(..) => Err(refused),
                ran => Ok(futures_util::stream::once(async { ran }).boxed()),
            };
        }
        let (first, next) = match ready.denied || self.settings.always_checked {
            true => (&self.checked, &self.checked),
            // What has been validated once, with these variables, is valid.
            false => (&self.plain, &self.swift),
        };
        let viewer = ready.run.viewer.clone();
        let shown = Arc::new(Following::default());
        let outlet = straight.clone().map(|it| it as Arc<dyn live::Outlet>);
        let slot = Slot::new(ready.shared, Arc::clone(&shown), outlet);
        match operation::opened(ready.run, slot, (first, next), cost).await {
            Ok(answers) => Ok(delivered(
                Arc::clone(&self.state),
                (viewer, shown),
                answers,
                straight,
            )),
            Err(refused) => Err(recorded(&self.state, &viewer, refused).await),
        }
    }

    fn prepare(&self, viewer: &Viewer, client: Client, mut asked: Asked) -> Result<Ready, Answer> {
        let begun = Instant::now();
        let mut variables = std::mem::take(&mut asked.variables);
        let text = text_of(
            &asked,
            self.settings.trusted.as_ref(),
            &self.persisted,
            self.documents.limits(),
        )?;
        let document = self
            .documents
            .get_or_prepare(&text)
            .map_err(|refused| answer::turned_away(&refused))?;
        let operation = document
            .plan
            .operation(asked.operation_name.as_deref())
            .ok_or_else(|| {
                let words = match &asked.operation_name {
                    Some(_) => "The document has no operation of this name.",
                    None => "Say which operation of the document to run, with `operationName`.",
                };
                answer::refused(Code::BadRequest, words)
            })?;
        let resumed = match (operation.kind, &asked.last_seen) {
            (OperationType::Subscription, Some(last)) => Some(resumed(
                &document.parsed,
                operation.name.as_deref(),
                &mut variables,
                last,
            )),
            _ => None,
        };
        operation
            .fit(&self.inputs, &variables)
            .map_err(|refused| answer::turned_away(&refused))?;
        let cost = operation
            .affordable(&variables, self.documents.limits())
            .map_err(|refused| answer::turned_away(&refused))?;
        let fields = match operation.kind {
            OperationType::Mutation => with_given(&self.inputs, operation, &document, &variables),
            _ => Arc::clone(&operation.about_people),
        };
        let viewer = &viewer.begun(Begun {
            operation: Arc::clone(&operation.names),
            fields,
            request_id: Arc::clone(&client.request_id),
            address: client.address,
        });
        let proving = Proving::of(operation.roots.iter().map(|root| &*root.name));
        let denied = self.check(viewer, proving, operation)?;
        if denied {
            viewer.denied(Object::Nothing);
        }
        let kind = operation.kind;
        let stream = match (kind, operation.roots.first()) {
            // What is no field at all, validation puts into better words.
            (OperationType::Subscription, Some(root))
                if operation
                    .coordinates
                    .iter()
                    .any(|it| it.type_name == "Subscription" && it.field_name == root.name) =>
            {
                self.table.ask(viewer, proving, "Subscription", &root.name)
            }
            _ => Verdict::Open,
        };
        let complete = operation.has_all(&variables);
        let shares = self.settings.shares_answers && !denied && !self.settings.always_checked;
        let shared = (kind == OperationType::Subscription && shares)
            .then(|| {
                let name = asked.operation_name.as_deref();
                sharing::key(&text, &document.parsed, name, &variables)
            })
            .flatten();
        self.state.db.meter().gate.took(begun.elapsed());
        let viewer = viewer.clone();
        Ok(Ready {
            run: Run {
                document,
                resumed: resumed.map(Arc::new),
                name: asked.operation_name,
                variables,
                state: Arc::clone(&self.state),
                viewer,
                proving,
                client,
            },
            complete,
            kind,
            cost,
            denied,
            stream,
            shared,
        })
    }

    /// Whether the table denies this viewer any field of the operation; introspection is refused as a whole.
    fn check(
        &self,
        viewer: &Viewer,
        proving: Proving,
        operation: &OperationPlan,
    ) -> Result<bool, Answer> {
        let mut denied = false;
        for coordinate in &operation.coordinates {
            let (parent, field) = (&*coordinate.type_name, &*coordinate.field_name);
            if field.starts_with("__") {
                let may = match self.settings.introspection {
                    Introspection::On => true,
                    Introspection::Token => viewer.actor().is_some(),
                    Introspection::Off => false,
                };
                if !may {
                    let (code, words) = match viewer.actor() {
                        None if self.settings.introspection == Introspection::Token => {
                            (Code::Unauthenticated, "Sign in to read the schema.")
                        }
                        _ => (
                            Code::Forbidden,
                            "The schema is not read this way here; see schema.graphql.",
                        ),
                    };
                    return Err(answer::refused(code, words));
                }
            } else if self.table.ask(viewer, proving, parent, field) != Verdict::Open {
                denied = true;
            }
        }
        Ok(denied)
    }
}
