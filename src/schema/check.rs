//! The extension that asks the table of fields at every field, however it is reached.
//!
//! A field that may be null is null where it is denied, beside the error; only of one that may not the parent is nulled instead
//! (GraphQL, "Handling Execution Errors"). The library nulls the parent of either.

use crate::access::Viewer;
use crate::access::fields::{Proving, Table, Verdict};
use crate::error::Fault;
use crate::graphql::error::{MOST_ERRORS, public};
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
};
use async_graphql::{
    ErrorExtensionValues, PathSegment, QueryPathSegment, Response, ServerError, ServerResult, Value,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Makes the extension.
pub struct Check;

impl ExtensionFactory for Check {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Checking {
            table: Table::new(),
            denied: Mutex::default(),
        })
    }
}

/// The check of one request.
struct Checking {
    table: Table,
    /// What was denied in the place of fields that may be null, as far as it will be told.
    denied: Mutex<Vec<ServerError>>,
}

impl Checking {
    fn denied(&self) -> std::sync::MutexGuard<'_, Vec<ServerError>> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Checking {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // The items of a list come by with the list as their parent; the list itself has been asked about.
        if info.is_for_introspection || info.parent_type.starts_with('[') {
            return next.run(ctx, info).await;
        }
        let viewer = ctx.data_opt::<Viewer>().cloned().unwrap_or_default();
        let proving = ctx.data_opt::<Proving>().copied().unwrap_or_default();
        // Of a live field the library says where in our code it stands, and not that it is one of `Subscription`.
        let is_live = info.path_node.parent.is_none() && info.parent_type.ends_with("Subscription");
        let parent = if is_live {
            "Subscription"
        } else {
            info.parent_type
        };
        let fault = match self.table.ask(&viewer, proving, parent, info.name) {
            Verdict::Open => return next.run(ctx, info).await,
            Verdict::Unauthenticated => Fault::Unauthenticated,
            Verdict::Denied => Fault::Forbidden,
        };
        let may_be_null = !info.return_type.ends_with('!');
        if may_be_null && self.denied().len() >= MOST_ERRORS {
            return Ok(Some(Value::Null));
        }
        let (code, words) = public(&fault);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.as_str());
        let mut error = ServerError::new(words, Some(info.field.name.pos));
        let mut way: Vec<_> = std::iter::once(info.path_node)
            .chain(info.path_node.parents())
            .map(|node| match node.segment {
                QueryPathSegment::Index(index) => PathSegment::Index(index),
                QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
            })
            .collect();
        way.reverse();
        error.path = way;
        error.extensions = Some(extensions);
        if !may_be_null {
            return Err(error);
        }
        let mut denied = self.denied();
        // What is asked for twice under one name is one thing in the answer.
        if !denied.iter().any(|known| known.path == error.path) {
            denied.push(error);
        }
        Ok(Some(Value::Null))
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation).await;
        response.errors.append(&mut self.denied());
        response
    }
}
