//! What a subscriber is told: given as it was written for somebody alike, or resolved for them, one message at a time.
//!
//! A live operation is opened once; while nothing happens, all that is left of it is its way through the stream. For a message that
//! is to be resolved the operation runs again, and the field's resolver finds the message in the [`Slot`]: so an operation that
//! waits holds none of what resolving needs, and whoever is given another's answer needs none of it at all.

use super::answers::{Draft, Key, Lead};
use crate::access::Viewer;
use crate::audit::Following;
use crate::graphql::ApiResult;
use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use futures_util::stream::BoxStream;
use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// A message of a live field. In the schema it is the message itself.
pub struct Told<M> {
    message: M,
    /// Leave to give its answer to others, too.
    lead: Mutex<Option<Lead>>,
}

impl<M> Told<M> {
    /// What may be given to others too, if there is such leave.
    pub(super) fn to_many(message: M, lead: Option<Lead>) -> Self {
        Self {
            message,
            lead: Mutex::new(lead),
        }
    }
}

impl<M> From<M> for Told<M> {
    /// What one is told.
    fn from(message: M) -> Self {
        Self::to_many(message, None)
    }
}

/// What the next thing is that a subscriber is told.
pub enum Handed {
    /// This, which is written already.
    Written(Arc<[u8]>),
    /// The same, and that they are shown it is recorded.
    Recorded(Arc<[u8]>),
    /// A message, to be resolved.
    Message(Message),
}

/// A message of whichever live field.
pub struct Message(Box<dyn Any + Send>);

impl Message {
    /// A message, or why there is none.
    pub(super) fn of<M: Send + 'static>(told: ApiResult<Told<M>>) -> Self {
        Self(Box::new(told))
    }
}

/// A straight way to a subscriber, for what is written and recorded and would be told them next.
pub trait Outlet: Send + Sync {
    /// Hands these over at once, in order; or none of them, and they have to be told as everything else is.
    fn give(&self, texts: &[&[u8]]) -> bool;

    /// Whether nothing waits for the peer to take it.
    fn is_free(&self) -> bool;
}

/// What passes between a live operation and the resolver of its field.
pub struct Slot {
    /// The name of the answers that may be shared; nothing when none may.
    key: Option<Key>,
    /// Who follows, for the audit.
    shown: Arc<Following>,
    outlet: Option<Arc<dyn Outlet>>,
    content: Mutex<Content>,
}

enum Content {
    Nothing,
    /// The way through the stream, for the operation that was opened.
    Following(BoxStream<'static, Handed>),
    /// A message, for the resolver.
    Message(Message),
    /// Leave to give the answer that has just been made to others.
    Draft(Draft),
}

impl Slot {
    /// For an operation whose answers have this name, of which the audit knows this, and whose subscriber is reached this way, too.
    #[must_use]
    pub fn new(key: Option<Key>, shown: Arc<Following>, outlet: Option<Arc<dyn Outlet>>) -> Self {
        Self {
            key,
            shown,
            outlet,
            content: Mutex::new(Content::Nothing),
        }
    }

    pub(super) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    pub(super) fn shown(&self) -> Arc<Following> {
        Arc::clone(&self.shown)
    }

    pub(super) fn outlet(&self) -> Option<Arc<dyn Outlet>> {
        self.outlet.clone()
    }

    fn put(&self, content: Content) {
        *self.content.lock().unwrap_or_else(PoisonError::into_inner) = content;
    }

    fn take(&self) -> Content {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *content, Content::Nothing)
    }

    pub(super) fn follows(&self, following: BoxStream<'static, Handed>) {
        self.put(Content::Following(following));
    }

    /// The way through the stream, once the field was opened.
    pub fn following(&self) -> Option<BoxStream<'static, Handed>> {
        match self.take() {
            Content::Following(following) => Some(following),
            _ => None,
        }
    }

    /// Has the resolver find this message.
    pub fn resolves(&self, message: Message) {
        self.put(Content::Message(message));
    }

    /// Leave to give the answer that was made of it to others.
    pub fn drafted(&self) -> Option<Draft> {
        match self.take() {
            Content::Draft(draft) => Some(draft),
            _ => None,
        }
    }
}

/// The message that this run of the operation is to resolve; nothing when it is the run that opens it.
pub fn handed<M: Send + 'static>(ctx: &Context<'_>) -> Option<ApiResult<Told<M>>> {
    let slot = ctx.data_opt::<Arc<Slot>>()?;
    match slot.take() {
        Content::Message(Message(told)) => told.downcast().ok().map(|told| *told),
        other => {
            slot.put(other);
            None
        }
    }
}

impl<M: OutputType> OutputType for Told<M> {
    fn type_name() -> Cow<'static, str> {
        M::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.message.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        M::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let lead = self
            .lead
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (Some(lead), Some(slot), Some(viewer)) =
            (lead, ctx.data_opt::<Arc<Slot>>(), ctx.data_opt::<Viewer>())
        else {
            return self.message.resolve(ctx, field).await;
        };
        viewer.record();
        let value = self.message.resolve(ctx, field).await;
        if let (Ok(_), Some(likeness)) = (&value, viewer.recorded()) {
            slot.put(Content::Draft(lead.drafted(likeness)));
        }
        value
    }
}
