//! The shapes in which a person's data lies in a row.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};

/// A sealed cell: `01 | algorithm | key id (4) | nonce (12) | ciphertext | tag (16)`. Only the vault reads it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl Sealed {
    /// What stands where a sealed cell or a wrapped key was destroyed: nothing.
    pub const GONE: Self = Self(Vec::new());
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A keyed hash of a normalised value, 16 bytes: equal values meet, nothing else can be read from it.
#[derive(Clone, PartialEq, Eq, Hash, DeriveValueType)]
pub struct BlindIndex(pub Vec<u8>);

impl std::fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlindIndex(…)")
    }
}

/// A hash that is itself a key: of a refresh token, or a key's short name.
#[derive(Clone, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Digest(pub Vec<u8>);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest(…)")
    }
}

macro_rules! never_counted {
    ($($name:ident),+) => {$(
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

never_counted!(BlindIndex, Digest);
