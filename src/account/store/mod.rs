//! Selects and writes of accounts, their sessions and their failures to sign in. Whatever serves one viewer over another's
//! account wants proof that the policy was asked; signing in has no viewer yet and is scoped by what is proved there.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that the ban points to"
)]

mod links;
mod second_factor;
mod sessions;
mod throttle;
mod tokens;
mod users;

pub(super) use links::{
    claim_mail, delete_links, delete_mail, delete_old_links, due_mail, forget_told, forget_wishes,
    hold_by_email, insert_mail, is_known, link, replace_link, take_link, verify_email,
};
pub(super) use second_factor::{
    challenge, confirm_seed, count_wrong, delete_challenge, delete_factor, delete_old_challenges,
    factor, hold_challenge, insert_challenge, propose_seed, recovery_codes_left,
    replace_recovery_codes, set_enrolled, take_recovery_code, take_step,
};
pub use sessions::standings;
pub(super) use sessions::{
    delete_old_sessions, delete_sessions, end_every_session, end_session, end_sessions,
    hold_session, insert_session, live_sessions, prove_session, renew_session, session,
};
pub(super) use throttle::{clear, delete_stale, failures, record};
pub(super) use tokens::{
    Issue, insert_token, issue, live_child, note_access, revoke_tokens, take_back, token, use_up,
};
pub use users::EmailTaken;
pub(super) use users::{
    administrators, by_email, by_id, by_ids, called_for, change_password, change_rights,
    change_status, count, erase, hold, hold_proved, insert, keep_roles, list, rehash, within,
};

use crate::db::{Kind, Tx};
use sea_orm::sea_query::LockType;
use sea_orm::{EntityTrait, QuerySelect, Select};

/// The rows of this select, held against other writers until the transaction ends.
fn held<E: EntityTrait>(tx: &Tx, select: Select<E>) -> Select<E> {
    match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        // The transaction is the only writer there is.
        Kind::Sqlite => select,
    }
}
