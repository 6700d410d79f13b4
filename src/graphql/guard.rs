//! Field guards: the first line, not the only one. The table of [`crate::access::fields`] is the second, and the
//! decision beside the act is the one that counts.

use super::{ApiError, Ask};
use crate::error::Fault;
use async_graphql::{Context, Guard, Result};
use entity::code::Roles;

/// Somebody is signed in.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        match ctx.viewer().actor() {
            Some(_) => Ok(()),
            None => Err(ApiError::from(Fault::Unauthenticated).into()),
        }
    }
}

/// Somebody is signed in with one of these roles.
pub struct Role(pub Roles);

impl Guard for Role {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let viewer = ctx.viewer();
        if viewer.is(self.0) {
            return Ok(());
        }
        let fault = match viewer.actor() {
            Some(_) => Fault::Forbidden,
            None => Fault::Unauthenticated,
        };
        Err(ApiError::from(fault).into())
    }
}
