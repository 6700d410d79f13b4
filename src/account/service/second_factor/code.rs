//! What somebody typed as their second factor.

use super::super::super::person::Account;
use super::super::super::store;
use crate::auth::RecoveryCode;
use crate::db::Tx;
use crate::error::Fault;
use crate::state::State;
use entity::cell::{Digest, Sealed};
use entity::id::UserId;

/// A code, as far as it can be judged before the transaction that takes it.
#[derive(Clone)]
pub(super) enum Typed {
    /// The code of this step of this seed.
    OneTime(Sealed, i64),
    /// What has the shape of a recovery code.
    Recovery(Digest),
    /// Nothing that could be one.
    Nothing,
}

impl Typed {
    /// Reads a code that is to be the account's.
    pub(super) async fn read(state: &State, account: &Account, code: &str) -> Result<Self, Fault> {
        let factor = store::factor(&state.db, account.0.id).await?;
        if let Some(cell) = factor.and_then(|factor| factor.seed) {
            let seed = account.seed(&state.vault, &cell)?;
            if let Some(step) = seed.step_of(code, state.clock.now()) {
                return Ok(Self::OneTime(cell, step));
            }
        }
        Ok(RecoveryCode::digest_of(code).map_or(Self::Nothing, Self::Recovery))
    }

    /// Takes the code, if it is still there to be taken. The account's row is held.
    pub(super) async fn take(&self, tx: &Tx, user: UserId) -> Result<bool, Fault> {
        match self {
            Self::OneTime(seed, step) => store::take_step(tx, user, seed, *step).await,
            Self::Recovery(hash) => {
                let taken = store::take_recovery_code(tx, user, hash).await?;
                if taken {
                    tracing::warn!(user.id = %user, "Took a recovery code");
                }
                Ok(taken)
            }
            Self::Nothing => Ok(false),
        }
    }
}
