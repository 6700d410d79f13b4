//! From configured keys to a vault, and a running server's way to the keys that come and go in its data folder.

use crate::config::{Config, Keys, Secret};
use crate::keyring;
use crate::state::State;
use crate::vault::{Ring, Vault};
use std::sync::Arc;
use std::time::Duration;

/// The vault over the keys; one whose master keys are kept in the data folder looks there again when it meets another.
#[must_use]
pub fn vault(config: &Config, keys: &Keys) -> Vault {
    let vault = Vault::with_ring(ring(keys), keys.index.expose());
    if !config.keeps_masters() {
        return vault;
    }
    let config = config.clone();
    vault.looking_again(Box::new(move || Some(ring(&config.keys_again()?))))
}

fn ring(keys: &Keys) -> Ring {
    let others = keys.other_masters.iter().map(Secret::expose);
    Ring::new(keys.master.expose(), others)
}

/// Turns to the master keys that are kept in the data folder whenever one comes or goes there, so that `keys rotate` and
/// `keys retire` need no restart. (A bell from the command to the server would have to find it first.)
pub(super) async fn follow(config: Config, state: Arc<State>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let mut seen = None;
    loop {
        seconds.tick().await;
        let stamp = config.keys_stamp();
        if stamp == seen {
            continue;
        }
        let Some(keys) = config.keys_again() else {
            tracing::warn!(
                "The keys of the data folder cannot be read; going on with those from before"
            );
            continue;
        };
        // Noted first: the database takes no data key under a master key that is not.
        match keyring::note(&state.db, &vault(&config, &keys)).await {
            Ok(()) => {
                state.vault.turn_to(ring(&keys));
                seen = stamp;
            }
            Err(fault) => tracing::warn!(?fault, "Could not note the master key as in use"),
        }
    }
}
