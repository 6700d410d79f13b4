//! What a subscriber is told, resolved for them or given as it was resolved for somebody alike.

use super::answers::{Answers, Content, Parcel, Turn};
use crate::access::Viewer;
use crate::graphql::ApiError;
use crate::state::State;
use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A message of a live field. In the schema it is the message itself.
pub struct Told<M> {
    message: M,
    /// Where its answers are shared; none when they are not.
    answers: Option<Arc<Answers>>,
}

impl<M> Told<M> {
    /// What many are told.
    pub(super) fn to_many(message: M, answers: Option<Arc<Answers>>) -> Self {
        Self { message, answers }
    }
}

impl<M> From<M> for Told<M> {
    /// What one is told.
    fn from(message: M) -> Self {
        Self {
            message,
            answers: None,
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
        let alone = || self.message.resolve(ctx, field);
        let Some(answers) = &self.answers else {
            return alone().await;
        };
        let (Some(parcel), Some(state), Some(viewer)) = (
            ctx.data_opt::<Arc<Parcel>>(),
            ctx.data_opt::<Arc<State>>(),
            ctx.data_opt::<Viewer>(),
        ) else {
            return alone().await;
        };
        let turn = answers.turn(parcel.key(), state, viewer).await;
        let turn = turn.map_err(|fault| {
            async_graphql::Error::from(ApiError::from(fault)).into_server_error(field.pos)
        })?;
        match turn {
            Turn::Given(text) => {
                state.tally.given.fetch_add(1, Ordering::Relaxed);
                parcel.put(Content::Written(text));
                // Nobody reads it: the parcel's content is sent in its place.
                Ok(Value::Null)
            }
            Turn::Alone => {
                state.tally.made.fetch_add(1, Ordering::Relaxed);
                alone().await
            }
            Turn::First(lead) => {
                state.tally.made.fetch_add(1, Ordering::Relaxed);
                viewer.record();
                let value = alone().await;
                if let (Ok(_), Some(likeness)) = (&value, viewer.recorded()) {
                    parcel.put(Content::Draft(lead.drafted(likeness)));
                }
                value
            }
        }
    }
}
