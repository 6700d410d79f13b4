//! The extension that asks the table of fields at every field, however it is reached.

use crate::access::Viewer;
use crate::access::fields::{Proving, Table, Verdict};
use crate::error::Fault;
use crate::graphql::error::public;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo,
};
use async_graphql::{
    ErrorExtensionValues, PathSegment, QueryPathSegment, ServerError, ServerResult, Value,
};
use std::sync::Arc;

/// Makes the extension.
pub struct Check;

impl ExtensionFactory for Check {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Checking(Table::new()))
    }
}

struct Checking(Table);

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
        let fault = match self.0.ask(&viewer, proving, info.parent_type, info.name) {
            Verdict::Open => return next.run(ctx, info).await,
            Verdict::Unauthenticated => Fault::Unauthenticated,
            Verdict::Denied => Fault::Forbidden,
        };
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
        Err(error)
    }
}
