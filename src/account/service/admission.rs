//! Whether a password or a one-time code may be tried now. A try is counted before it is looked at, so that a thousand tries at
//! once are a thousand tries; a right one clears the count,
//! the password alone not if there is a second factor: it would pay for guesses at that.

use super::super::client::Client;
use super::super::store;
use crate::auth::{Device, Failures, Throttle};
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

/// The subject of whoever tries from a device that the account's owner has signed in on: its own, so that strangers do not
/// make them wait. Of any other device it is the account's.
pub(super) fn subject_on(state: &State, email: &BlindIndex, device: Option<&str>) -> BlindIndex {
    let index = state.vault.index();
    let known = device.and_then(|token| Device::known(index, email, token));
    match known {
        Some(device) => device.subject(index, email),
        None => subject_of(state, email),
    }
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
    let Ok(admitted) = admitted.await?;
    Ok(admitted)
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

/// Letters to one address at once, and then one in so many minutes: enough for whoever mistyped, too few to annoy a stranger.
const LETTERS: Throttle = Throttle {
    free_failures: 0,
    longest_wait: TimeDelta::zero(),
    lock_after: 0,
    address_burst: 3,
    address_per_minute: 1,
};
/// How much slower than its unit the bucket of letters drains: one in ten minutes.
const SLOWER: i32 = 10;

/// The subjects under which letters are counted: the client's address, and the one that they go to.
pub(super) fn letters_of(
    state: &State,
    client: &Client,
    email: &BlindIndex,
) -> (Option<BlindIndex>, BlindIndex) {
    let index = state.vault.index();
    let origin = client.origin();
    (
        origin.map(|origin| index.of("throttle.address", &origin)),
        index.of("throttle.letters", &email.0),
    )
}

/// Counts a letter against the client's address and the one it goes to, and says whether it may be sent. There is a bucket
/// for every address, of an account or of nobody.
pub(super) async fn count_letter(
    tx: &Tx,
    rules: &Throttle,
    (origin, letters): &(Option<BlindIndex>, BlindIndex),
) -> Result<bool, Fault> {
    let subjects: Vec<BlindIndex> = origin.iter().chain([letters]).cloned().collect();
    let locks: Vec<String> = subjects.iter().map(lock).collect();
    tx.lock(&locks).await?;
    let known = store::failures(tx, subjects.clone()).await?;
    let now = tx.clock().now();
    let mut counted = Vec::with_capacity(2);
    for subject in subjects {
        let row = known.iter().find(|row| row.subject == subject);
        let (level, since) = row.map_or((0, TimeDelta::zero()), |row| {
            (row.failures, now - row.updated_at)
        });
        let level = if subject == *letters {
            LETTERS.address(level, since / SLOWER)
        } else {
            rules.address(level, since)
        };
        let Some(level) = level else {
            return Ok(false);
        };
        counted.push(throttle::Model {
            subject,
            failures: level,
            blocked_until: None,
            updated_at: now,
        });
    }
    store::record(tx, counted).await?;
    Ok(true)
}

fn lock(subject: &BlindIndex) -> String {
    format!("sign-in:{}", URL_SAFE_NO_PAD.encode(&subject.0))
}
