//! What every test stands on: a server with a database of its own, people who are signed in, and a look at their answers.

mod app;
pub mod audit_log;
mod authenticator;
pub mod bucket;
mod database;
pub mod documents;
mod events;
pub mod files;
pub mod glass;
mod people;
mod post;
mod process;
mod random;
mod records;
mod redis;
mod sdl;
pub mod smtp;
mod socket;
pub mod statements;
mod tidy;
pub mod waiting_list;

pub use app::{App, Copy};
pub use authenticator::{
    Authenticator, begun, challenged, completed, confirmed, enrol, prove, required,
};
pub use database::{Backend, named_by_test_sh};
pub use events::{Events, Told};
pub use people::{Doctor, PASSWORD, Patient, Person, new_user, sign_in, write};
pub use post::token_in;
pub use process::{Process, limit};
pub use random::Random;
pub use redis::{Redis, free_port};
pub use sdl::Contract;
pub use socket::{End, Live, Socket};
pub use tidy::{codes, tidy, user_errors};

use std::future::Future;

/// Each function becomes two tests: one on SQLite, one on PostgreSQL with Redis.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {
        on_both! { with &[]; $($(#[$meta])* async fn $name($app: $kind) $body)+ }
    };
    (with $changed:expr; $($(#[$meta:meta])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn story($app: $kind) $body

            #[test]
            fn sqlite() {
                crate::support::run_with(crate::support::Backend::Sqlite, $changed, story);
            }

            #[test]
            fn postgres() {
                crate::support::run_with(crate::support::Backend::Postgres, $changed, story);
            }
        }
    )+};
}

/// Runs a story on a fresh server, and takes the server down after it. A story that fails leaves its database behind.
pub fn run<S, F>(backend: Backend, story: S)
where
    S: FnOnce(App) -> F,
    F: Future<Output = ()>,
{
    run_with(backend, &[], story);
}

/// The same, with these settings changed.
pub fn run_with<S, F>(backend: Backend, changed: &[(&'static str, &str)], story: S)
where
    S: FnOnce(App) -> F,
    F: Future<Output = ()>,
{
    let counter = statements::Counter::default();
    let listening = counter.clone();
    let _here = counter.listen();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || listening.listen_for_good())
        .build()
        .unwrap();
    // A story's inline snapshots are compared once on each database.
    insta::allow_duplicates! {
        runtime.block_on(async {
            let app = App::start(backend, counter, changed).await;
            story(app.clone()).await;
            app.end().await;
        });
    }
}
