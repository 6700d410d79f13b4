//! How somebody is recognised: passwords, one-time codes, access tokens, refresh tokens, the pace of guessing, and who a
//! session is.
//!
//! Everything here is a mechanism with its own small rules: no table is read, nobody is authorised. The verbs that use
//! these are the account's; whoever wants to know who asks calls `account::authenticate`.

mod calendar;
mod challenge;
mod device;
mod link;
mod password;
mod recovery;
mod refresh;
mod signature;
mod standing;
mod strength;
mod throttle;
mod token;
mod totp;
mod vouched;

pub use calendar::CalendarToken;
pub use challenge::Challenge;
pub use device::Device;
pub use link::OneTimeToken;
pub use password::{Passwords, Verdict};
pub use recovery::RecoveryCode;
pub use refresh::RefreshToken;
pub use standing::{Standing, Standings};
pub use strength::{Owner, Weakness, check_strength};
pub use throttle::{Failures, Throttle};
pub use token::{Access, Issued, Tokens};
pub use totp::Seed;
pub use vouched::{Stands, Vouching};
