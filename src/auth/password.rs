//! Hashing and checking passwords with argon2id, off the runtime's threads and never too many at once.
//!
//! A hash costs tens of milliseconds and megabytes on purpose, so a rush of sign-ins must queue instead of taking the
//! machine: a few seats, a short line, a short wait. It knows no account; for one that does not exist it does the same
//! work against a hash that nothing matches.

use crate::error::Fault;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{
    Algorithm, Argon2, KeyId, Params, ParamsBuilder, PasswordHasher, PasswordVerifier, Version,
};
use rand::Rng as _;
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// How many may wait for a seat.
const LINE: usize = 64;
/// How long one waits for a seat at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// More bytes than any password that we would have accepted: 256 characters of four bytes.
const LONGEST: usize = 1024;
/// Letters and digits that nobody mistakes for one another when reading them out.
pub(super) const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The hasher of passwords. Cheap to clone; clones share the seats.
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

struct Inner {
    params: Params,
    pepper: Zeroizing<[u8; 32]>,
    /// Looks like any other hash and matches no password.
    nobody: String,
    seats: Arc<Semaphore>,
    line: Semaphore,
}

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not, or there was no hash to match.
    Wrong,
    /// It is.
    Right {
        /// The hash was made with weaker parameters than today's and should be made anew.
        rehash: bool,
    },
}

impl Passwords {
    /// A hasher with these argon2id costs, `parallel` hashes at once, and a secret without which no hash can be tried.
    ///
    /// # Errors
    /// When argon2 does not take these costs.
    pub fn new(
        memory_kib: u32,
        iterations: u32,
        parallel: usize,
        pepper: [u8; 32],
    ) -> Result<Self, Fault> {
        let refused = |_| Fault::internal("argon2 does not take these costs");
        // The hash names its pepper, so that a later one can live beside it.
        let named = Sha256::new_with_prefix(b"pt1|pepper id|")
            .chain_update(pepper)
            .finalize();
        let params = ParamsBuilder::new()
            .m_cost(memory_kib)
            .t_cost(iterations)
            .p_cost(1)
            .keyid(KeyId::new(&named[..4]).map_err(refused)?)
            .build()
            .map_err(refused)?;
        let inner = Inner {
            nobody: unmatched(&params).map_err(|_| Fault::internal("no hash could be made up"))?,
            params,
            pepper: Zeroizing::new(pepper),
            seats: Arc::new(Semaphore::new(parallel.max(1))),
            line: Semaphore::new(LINE),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The hash of a password, as a PHC string with a salt of its own.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when too many wait, or the wait was too long.
    pub async fn hash(&self, password: &str) -> Result<String, Fault> {
        let seat = self.seat().await?;
        let inner = Arc::clone(&self.inner);
        let password = Zeroizing::new(password.to_owned());
        on_a_thread_of_its_own(seat, move || {
            let hash = inner.argon2()?.hash_password(password.as_bytes())?;
            Ok(hash.to_string())
        })
        .await?
    }

    /// Checks a password against a hash. Without one (there is no such account) the work is the same.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when too many wait, or the wait was too long.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, Fault> {
        let seat = self.seat().await?;
        let inner = Arc::clone(&self.inner);
        // Longer than any password there is: the work is done all the same, on something that matches nothing.
        let fits = password.len() <= LONGEST;
        let password = Zeroizing::new(if fits { password } else { "" }.to_owned());
        let hash = hash.filter(|_| fits).map(str::to_owned);
        on_a_thread_of_its_own(seat, move || Ok(inner.verify(&password, hash.as_deref()))).await?
    }

    /// A password for somebody who will choose their own: a hundred bits, legible over the telephone.
    #[must_use]
    pub fn temporary() -> String {
        let mut random = rand::rng();
        let mut text = String::with_capacity(23);
        for at in 0..20 {
            if at > 0 && at % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(LEGIBLE[random.random_range(0..LEGIBLE.len())]));
        }
        text
    }

    /// A seat at once if there is one, else a place in the line if there is one.
    async fn seat(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let seats = &self.inner.seats;
        if let Ok(seat) = Arc::clone(seats).try_acquire_owned() {
            return Ok(seat);
        }
        let Ok(_place) = self.inner.line.try_acquire() else {
            return Err(Fault::unavailable("too many passwords wait to be checked"));
        };
        match tokio::time::timeout(PATIENCE, Arc::clone(seats).acquire_owned()).await {
            Ok(Ok(seat)) => Ok(seat),
            _ => Err(Fault::unavailable(
                "a password waited too long to be checked",
            )),
        }
    }
}

impl Inner {
    fn argon2(&self) -> Result<Argon2<'_>, argon2::Error> {
        Argon2::new_with_secret(
            &*self.pepper,
            Algorithm::Argon2id,
            Version::V0x13,
            self.params.clone(),
        )
    }

    fn verify(&self, password: &str, hash: Option<&str>) -> Verdict {
        let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
        let exists = known.is_some();
        let Some(hash) = known.or_else(|| PasswordHash::new(&self.nobody).ok()) else {
            return Verdict::Wrong;
        };
        let matches = self
            .argon2()
            .is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &hash).is_ok());
        if !(matches && exists) {
            return Verdict::Wrong;
        }
        let rehash = !Params::try_from(&hash).is_ok_and(|params| {
            params.m_cost() >= self.params.m_cost()
                && params.t_cost() >= self.params.t_cost()
                && params.keyid() == self.params.keyid()
        });
        Verdict::Right { rehash }
    }
}

/// A hash of nothing in particular: random bytes where the salt and the outcome stand.
fn unmatched(params: &Params) -> argon2::password_hash::Result<String> {
    let mut random = [0_u8; 32];
    rand::rng().fill_bytes(&mut random);
    let salt = Salt::new(&random[..16])?;
    rand::rng().fill_bytes(&mut random);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(salt),
        hash: Some(Output::new(&random)?),
    };
    Ok(hash.to_string())
}

/// Runs `work` where blocking is allowed. The seat is given back when the work is done, also when nobody waits for it
/// any more: a caller who hangs up does not make room for another hash.
async fn on_a_thread_of_its_own<T: Send + 'static>(
    seat: OwnedSemaphorePermit,
    work: impl FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
) -> Result<Result<T, Fault>, Fault> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(seat);
        done
    });
    match done.await {
        Ok(done) => Ok(done.map_err(|_| Fault::internal("argon2 failed"))),
        Err(_) => Err(Fault::internal("hashing a password panicked")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Passwords, Verdict};
    use crate::error::Fault;
    use std::sync::Arc;

    fn cheap(parallel: usize, pepper: u8) -> Passwords {
        Passwords::new(64, 1, parallel, [pepper; 32]).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let passwords = cheap(2, 1);
        let hash = passwords.hash("a red boat at noon").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid="));
        let right = passwords.verify("a red boat at noon", Some(&hash)).await;
        assert_eq!(right.unwrap(), Verdict::Right { rehash: false });
        for wrong in ["a red boat at noon ", "A red boat at noon", "", "x"] {
            let verdict = passwords.verify(wrong, Some(&hash)).await.unwrap();
            assert_eq!(verdict, Verdict::Wrong, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let passwords = cheap(2, 1);
        let one = passwords.hash("a red boat at noon").await.unwrap();
        assert_ne!(one, passwords.hash("a red boat at noon").await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_is_worth_nothing_without_its_pepper() {
        let hash = cheap(1, 1).hash("a red boat at noon").await.unwrap();
        let verdict = cheap(1, 2).verify("a red boat at noon", Some(&hash)).await;
        assert_eq!(verdict.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn nobody_and_an_unreadable_hash_match_no_password() {
        let passwords = cheap(1, 1);
        for hash in [
            None,
            Some("!"),
            Some(""),
            Some("$argon2id$v=19$m=64,t=1,p=1"),
        ] {
            let verdict = passwords.verify("", hash).await.unwrap();
            assert_eq!(verdict, Verdict::Wrong, "{hash:?}");
        }
    }

    #[tokio::test]
    async fn a_password_that_is_too_long_is_wrong_and_is_not_cut() {
        let passwords = cheap(1, 1);
        let long = "ab".repeat(1000);
        let cut = passwords.hash(&long[..1024]).await.unwrap();
        let verdict = passwords.verify(&long, Some(&cut)).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
        let empty = passwords.hash("").await.unwrap();
        let verdict = passwords.verify(&long, Some(&empty)).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_weaker_costs_is_due_for_another() {
        let weak = cheap(1, 1).hash("a red boat at noon").await.unwrap();
        let strong = Passwords::new(128, 2, 1, [1; 32]).unwrap();
        let verdict = strong.verify("a red boat at noon", Some(&weak)).await;
        assert_eq!(verdict.unwrap(), Verdict::Right { rehash: true });
    }

    #[tokio::test]
    async fn a_line_that_is_full_is_said_to_be_so() {
        let passwords = cheap(1, 1);
        let seat = Arc::clone(&passwords.inner.seats)
            .acquire_owned()
            .await
            .unwrap();
        let waiting: Vec<_> = (0..super::LINE)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify("x", None).await })
            })
            .collect();
        while passwords.inner.line.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let turned_away = passwords.verify("x", None).await;
        assert!(matches!(turned_away, Err(Fault::Unavailable(_))));
        drop(seat);
        for one in waiting {
            assert_eq!(one.await.unwrap().unwrap(), Verdict::Wrong);
        }
    }

    #[test]
    fn temporary_passwords_are_long_and_never_the_same() {
        let one = Passwords::temporary();
        assert_eq!(one.len(), 23);
        assert_ne!(one, Passwords::temporary());
    }
}
