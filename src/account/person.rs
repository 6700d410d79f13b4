//! One account as read from its row: what is sealed in it opens when it is asked for.

use crate::auth::Seed;
use crate::error::Fault;
use crate::state::Rules;
use crate::vault::{DataKey, Place, Vault};
use entity::cell::Sealed;
use entity::code::UserStatus;
use entity::id::{SessionId, UserId};
use entity::{session, user};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Marks the hash of a password that somebody else chose: good for nothing but choosing another.
const TEMPORARY: &str = "temporary:";

/// One account. Cheap to clone when shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(pub user::Model);

impl Account {
    /// The e-mail address.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn email(&self, vault: &Vault) -> Result<String, Fault> {
        Ok(self
            .key(vault)?
            .open(email_place(self.0.id), &self.0.email)?)
    }

    /// The name shown to others.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn display_name(&self, vault: &Vault) -> Result<String, Fault> {
        let place = name_place(self.0.id);
        Ok(self.key(vault)?.open(place, &self.0.display_name)?)
    }

    /// What the device of this account's session is called.
    ///
    /// # Errors
    /// When the cell does not open, as that of another account's session.
    pub fn device(&self, vault: &Vault, session: &session::Model) -> Result<String, Fault> {
        Ok(self
            .key(vault)?
            .open(device_place(session.id), &session.device)?)
    }

    pub(super) fn seal_device(
        &self,
        vault: &Vault,
        session: SessionId,
        device: &str,
    ) -> Result<Sealed, Fault> {
        Ok(self.key(vault)?.seal(device_place(session), device)?)
    }

    pub(super) fn seal_seed(&self, vault: &Vault, seed: &Seed) -> Result<Sealed, Fault> {
        let place = seed_place(self.0.id);
        Ok(self.key(vault)?.seal(place, seed.text().as_str())?)
    }

    /// The seed of this account's second factor, as its cell holds it.
    pub(super) fn seed(&self, vault: &Vault, cell: &Sealed) -> Result<Seed, Fault> {
        let text: Zeroizing<String> =
            Zeroizing::new(self.key(vault)?.open(seed_place(self.0.id), cell)?);
        Seed::parse(&text).ok_or_else(|| Fault::internal("a sealed seed is none"))
    }

    fn key(&self, vault: &Vault) -> Result<Arc<DataKey>, Fault> {
        Ok(vault.open_key(self.0.id.0, &self.0.data_key)?)
    }
}

/// Whether an account of this status may sign in.
pub(super) fn may_sign_in(status: UserStatus) -> bool {
    matches!(status, UserStatus::Active | UserStatus::Invited)
}

/// Whether their address is verified as far as it must be before they sign in.
pub(super) fn is_reached(user: &user::Model, rules: &Rules) -> bool {
    user.email_verified_at.is_some() || !rules.require_verified_email
}

/// The argon2id hash in what the row keeps.
pub(super) fn phc(kept: &str) -> &str {
    kept.strip_prefix(TEMPORARY).unwrap_or(kept)
}

/// Whether the row keeps the hash of a password that somebody else chose.
pub(super) fn is_temporary(kept: &str) -> bool {
    kept.starts_with(TEMPORARY)
}

/// What the row keeps of the hash of a password that somebody else chose.
pub(super) fn temporary(phc: &str) -> String {
    format!("{TEMPORARY}{phc}")
}

pub(super) fn email_place(user: UserId) -> Place {
    Place::new("user", "email", user.0)
}

pub(super) fn name_place(user: UserId) -> Place {
    Place::new("user", "display_name", user.0)
}

fn seed_place(user: UserId) -> Place {
    Place::new("second_factor", "seed", user.0)
}

fn device_place(session: SessionId) -> Place {
    Place::new("session", "device", session.0)
}
