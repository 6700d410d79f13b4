//! Whether a password or a one-time code may be tried now. A try is counted before it is looked at, so that a thousand tries at
//! once are a thousand tries; a right one clears the count,
//! the password alone not if there is a second factor: it would pay for guesses at that.

use super::super::client::Client;
use super::super::store;
use crate::auth::{Failures, Throttle};
use crate::db::Tx;
use crate::error::Fault;
use crate::state::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use entity::cell::BlindIndex;
use entity::sign_in_throttle as throttle;
use std::convert::Infallible;

/// The subject under which an account's failures are kept: there is one for every address, of an account or of nobody.
pub(super) fn subject_of(state: &State, email: &BlindIndex) -> BlindIndex {
    state.vault.index().of("throttle.account", &email.0)
}

/// Counts one try against the account and the client's address, and says whether it may be made.
pub(super) async fn admit(
    state: &State,
    client: &Client,
    account: &BlindIndex,
) -> Result<bool, Fault> {
    try_now(state, client, Some(account)).await
}

/// Counts one try that is at no account against the client's address alone, and says whether it may be made.
pub(super) async fn admit_stranger(state: &State, client: &Client) -> Result<bool, Fault> {
    try_now(state, client, None).await
}

async fn try_now(
    state: &State,
    client: &Client,
    account: Option<&BlindIndex>,
) -> Result<bool, Fault> {
    let rules = state.rules.throttle.clone();
    let origin = client
        .origin()
        .map(|origin| state.vault.index().of("throttle.address", &origin));
    let account = account.cloned();
    let admitted = state.db.write::<bool, Infallible, _>(move |tx| {
        let (rules, account, origin) = (rules.clone(), account.clone(), origin.clone());
        Box::pin(async move {
            Ok(Ok(
                count(tx, &rules, account.as_ref(), origin.as_ref()).await?
            ))
        })
    });
    match admitted.await? {
        Ok(admitted) => Ok(admitted),
        Err(never) => match never {},
    }
}

/// An address that has no try left does not use up one of the account's.
async fn count(
    tx: &Tx,
    rules: &Throttle,
    account: Option<&BlindIndex>,
    origin: Option<&BlindIndex>,
) -> Result<bool, Fault> {
    let subjects: Vec<BlindIndex> = origin.into_iter().chain(account).cloned().collect();
    let locks: Vec<String> = subjects.iter().map(lock).collect();
    tx.lock(&locks).await?;
    let known = store::failures(tx, subjects).await?;
    let row = |subject: &BlindIndex| known.iter().find(|row| row.subject == *subject);
    let now = tx.clock().now();
    let mut counted = Vec::with_capacity(2);
    if let Some(origin) = origin {
        let (level, since) = row(origin).map_or((0, TimeDelta::zero()), |row| {
            (row.failures, now - row.updated_at)
        });
        let Some(level) = rules.address(level, since) else {
            return Ok(false);
        };
        counted.push(throttle::Model {
            subject: origin.clone(),
            failures: level,
            blocked_until: None,
            updated_at: now,
        });
    }
    let mut admitted = true;
    if let Some(account) = account {
        let before = row(account).map_or(Failures::default(), |row| Failures {
            count: row.failures,
            blocked_until: row.blocked_until,
        });
        let after = rules.account(before, now);
        counted.extend(after.map(|after| throttle::Model {
            subject: account.clone(),
            failures: after.count,
            blocked_until: after.blocked_until,
            updated_at: now,
        }));
        admitted = after.is_some();
    }
    store::record(tx, counted).await?;
    Ok(admitted)
}

fn lock(subject: &BlindIndex) -> String {
    format!("sign-in:{}", URL_SAFE_NO_PAD.encode(&subject.0))
}
