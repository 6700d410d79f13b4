//! The audit's key: a secret of its own, sealed under a data key that the ring of master keys wraps. So it survives
//! rotation like every other data key, and what it has proved stays provable.

#![expect(clippy::disallowed_methods, reason = "the store of one row of its own")]

use super::chain::Secret;
use crate::db::Db;
use crate::error::Fault;
use crate::recent::Recent;
use crate::vault::{DataKey, Place, Unreadable, Vault};
use entity::audit_key;
use rand::Rng as _;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::net::IpAddr;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The row's id: there is one.
const ROW: Uuid = Uuid::from_u128(1);
/// Where the secret lies.
const SECRET: Place = Place::new("audit_key", "secret", ROW);
/// Where addresses are sealed for. Not for one row each: one sealing serves all entries of an address, and an entry's own
/// proof binds it to its row.
const ADDRESS: Place = Place::new("audit_entry", "address", ROW);
/// Addresses whose sealed form is remembered.
const ADDRESSES: u64 = 10_000;
/// For how long one sealing of an address serves.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// The key, opened.
pub struct AuditKey {
    secret: Zeroizing<Secret>,
    data: Arc<DataKey>,
    addresses: Recent<IpAddr, Vec<u8>>,
}

impl AuditKey {
    /// Opens the key; makes it when there is none.
    ///
    /// # Errors
    /// Those of the database; when the key does not open.
    pub async fn open(db: &Db, vault: &Vault) -> Result<Self, Fault> {
        if let Some(row) = audit_key::Entity::find_by_id(ROW).one(db.read()).await? {
            return Ok(Self::of(vault, &row)?);
        }
        let (data, data_key) = vault.new_key(ROW)?;
        let mut secret = Zeroizing::new([0_u8; 32]);
        rand::rng().fill_bytes(secret.as_mut());
        let row = audit_key::ActiveModel {
            id: Set(ROW),
            data_key: Set(data_key),
            secret: Set(data.seal(SECRET, secret.as_slice())?),
        };
        let once = OnConflict::column(audit_key::Column::Id)
            .do_nothing()
            .to_owned();
        let insert = audit_key::Entity::insert(row).on_conflict(once);
        insert.exec_without_returning(db.schema()).await?;
        // Another copy may have been first.
        let row = audit_key::Entity::find_by_id(ROW).one(db.schema()).await?;
        let row = row.ok_or_else(|| Fault::internal("the audit's key was not kept"))?;
        Ok(Self::of(vault, &row)?)
    }

    fn of(vault: &Vault, row: &audit_key::Model) -> Result<Self, Unreadable> {
        let data = vault.open_key(ROW, &row.data_key)?;
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(data.open(SECRET, &row.secret)?);
        let secret: Secret = bytes.as_slice().try_into().map_err(|_| Unreadable)?;
        Ok(Self {
            secret: Zeroizing::new(secret),
            data,
            addresses: Recent::new(ADDRESSES, BELIEVED),
        })
    }

    /// The secret that proofs are made with.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// An address as entries keep it.
    ///
    /// # Errors
    /// When the cipher fails.
    pub fn seal_address(&self, address: IpAddr) -> Result<Vec<u8>, Unreadable> {
        if let Some(sealed) = self.addresses.get(&address) {
            return Ok(sealed);
        }
        let sealed = self.data.seal(ADDRESS, &address.to_string())?.0;
        self.addresses.insert(address, sealed.clone());
        Ok(sealed)
    }

    /// The address of an entry.
    ///
    /// # Errors
    /// When it was not sealed under this key.
    pub fn open_address(&self, sealed: &[u8]) -> Result<IpAddr, Unreadable> {
        let cell = entity::cell::Sealed(sealed.to_vec());
        let text: String = self.data.open(ADDRESS, &cell)?;
        IpAddr::from_str(&text).map_err(|_| Unreadable)
    }
}
