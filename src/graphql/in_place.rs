//! Objects and lists whose fields are resolved where they stand.
//!
//! The library puts every field of every object into a box of its own before it asks it anything, sized for the field that
//! needs most. Nearly all fields of a list have their answer at once; here such a field leaves its box to the next one.
//! Only those that wait keep theirs, and wait side by side as they do with the library: all are asked in order before any
//! is asked again, which is what lets the loaders gather.
//!
//! What is not plain is left to the library: directives on a field, two fields under one name, fragments on other types,
//! and schemas with extensions (those without carry [`Bare`]). A test runs every operation on both and finds one answer.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
};
use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};

/// In a schema's data: it has no extensions that want to be told of every field.
pub struct Bare;

/// An object whose fields are resolved in place. For clients it is the object itself.
pub struct InPlace<T>(pub T);

/// A list of objects whose fields are resolved in place. For clients it is a list of the objects.
pub struct Each<T>(pub Vec<T>);

impl<T: ContainerType> OutputType for InPlace<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match plain::<T>(ctx) {
            Some(fields) => object(ctx, &self.0, &fields).await,
            None => Box::pin(self.0.resolve(ctx, field)).await,
        }
    }
}

impl<T: ContainerType> OutputType for Each<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let Some(fields) = plain::<T>(ctx) else {
            return Box::pin(OutputType::resolve(&self.0, ctx, field)).await;
        };
        let (items, fields) = (&self.0[..], &fields[..]);
        let item = |at: usize| async move {
            let ctx = ctx.with_index(at);
            let resolved = object(&ctx, &items[at], fields).await;
            resolved.map_err(|error| ctx.set_error_path(error))
        };
        Ok(Value::List(SideBySide::of(items.len(), item).await?))
    }
}

/// The fields that are asked of an object, in order, if there is nothing about them that the library must deal with.
fn plain<'a, T: ContainerType>(
    ctx: &ContextSelectionSet<'a>,
) -> Option<Vec<&'a Positioned<Field>>> {
    ctx.data_opt::<Bare>()?;
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    gather(ctx, &T::type_name(), &ctx.item.node, &mut fields)?;
    let name = |field: &'a Positioned<Field>| field.node.response_key().node.as_str();
    let are_distinct = fields
        .iter()
        .enumerate()
        .all(|(at, field)| fields[..at].iter().all(|other| name(other) != name(field)));
    are_distinct.then_some(fields)
}

fn gather<'a>(
    ctx: &ContextSelectionSet<'a>,
    of: &str,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> Option<()> {
    for selection in &set.items {
        let (on, set) = match &selection.node {
            Selection::Field(field) if field.node.directives.is_empty() => {
                fields.push(field);
                continue;
            }
            Selection::Field(_) => return None,
            Selection::FragmentSpread(spread) => {
                let fragments = &ctx.query_env.fragments;
                let fragment = fragments.get(&spread.node.fragment_name.node)?;
                (
                    Some(&fragment.node.type_condition),
                    &fragment.node.selection_set,
                )
            }
            Selection::InlineFragment(fragment) => (
                fragment.node.type_condition.as_ref(),
                &fragment.node.selection_set,
            ),
        };
        if on.is_some_and(|on| on.node.on.node != of) {
            return None;
        }
        gather(ctx, of, &set.node, fields)?;
    }
    Some(())
}

/// The object with these fields.
async fn object<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    root: &T,
    fields: &[&Positioned<Field>],
) -> ServerResult<Value> {
    let value = |at: usize| async move {
        let field = fields[at];
        if field.node.name.node == "__typename" {
            return Ok(Value::String(root.introspection_type_name().into_owned()));
        }
        let ctx = ctx.with_field(field);
        Ok(root.resolve_field(&ctx).await?.unwrap_or_default())
    };
    let values = SideBySide::of(fields.len(), value).await?;
    let mut object: IndexMap<Name, Value> = IndexMap::with_capacity(values.len());
    for (field, value) in fields.iter().zip(values) {
        object.insert(field.node.response_key().node.clone(), value);
    }
    Ok(Value::Object(object))
}

/// Work of one kind, side by side: what it comes to, in its order, or the first failure.
struct SideBySide<M, W> {
    /// How much there is to do, and what begins each.
    work: (usize, M),
    is_begun: bool,
    done: Vec<Option<Value>>,
    /// What waits, with its place.
    waiting: Vec<(usize, Pin<Box<W>>)>,
}

impl<M, W> SideBySide<M, W>
where
    M: Fn(usize) -> W,
    W: Future<Output = ServerResult<Value>>,
{
    fn of(many: usize, begin: M) -> Self {
        Self {
            work: (many, begin),
            is_begun: false,
            done: Vec::with_capacity(many),
            waiting: Vec::new(),
        }
    }

    /// Begins all of it.
    fn begin(&mut self, cx: &mut Context<'_>) -> ServerResult<()> {
        let (many, begin) = &self.work;
        let mut free: Option<Pin<Box<W>>> = None;
        for at in 0..*many {
            let mut running = match free.take() {
                Some(mut place) => {
                    place.set(begin(at));
                    place
                }
                None => Box::pin(begin(at)),
            };
            match running.as_mut().poll(cx)? {
                Poll::Ready(value) => {
                    self.done.push(Some(value));
                    free = Some(running);
                }
                Poll::Pending => {
                    self.done.push(None);
                    self.waiting.push((at, running));
                }
            }
        }
        Ok(())
    }

    /// Asks those that wait.
    fn go_on(&mut self, cx: &mut Context<'_>) -> ServerResult<()> {
        let mut failed = Ok(());
        let done = &mut self.done;
        self.waiting.retain_mut(|(at, running)| {
            if failed.is_err() {
                return true;
            }
            match running.as_mut().poll(cx) {
                Poll::Pending => return true,
                Poll::Ready(Ok(value)) => done[*at] = Some(value),
                Poll::Ready(Err(error)) => failed = Err(error),
            }
            false
        });
        failed
    }
}

// Nothing in it is pinned but what is in boxes.
impl<M, W> Unpin for SideBySide<M, W> {}

impl<M, W> Future for SideBySide<M, W>
where
    M: Fn(usize) -> W,
    W: Future<Output = ServerResult<Value>>,
{
    type Output = ServerResult<Vec<Value>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.is_begun {
            this.go_on(cx)?;
        } else {
            this.is_begun = true;
            this.begin(cx)?;
        }
        if this.waiting.is_empty() {
            let done = std::mem::take(&mut this.done);
            Poll::Ready(Ok(done.into_iter().flatten().collect()))
        } else {
            Poll::Pending
        }
    }
}
