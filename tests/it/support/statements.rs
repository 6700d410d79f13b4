//! Counts the SQL statements of one test's server, by the spans that sea-orm opens around each.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static LISTENING: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// How many statements were sent.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// So many until now.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts what this thread sends, until the guard is dropped.
    pub fn listen(&self) -> DefaultGuard {
        tracing::subscriber::set_default(Spans(self.clone()))
    }

    /// Counts what this thread sends, as long as it lives.
    pub fn listen_for_good(&self) {
        LISTENING.with(|kept| *kept.borrow_mut() = Some(self.listen()));
    }
}

/// A subscriber to nothing but the spans of statements.
struct Spans(Counter);

const WORDS: [&str; 5] = [
    "execute",
    "execute_unprepared",
    "query_one",
    "query_all",
    "stream",
];

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let (target, name) = (metadata.target(), metadata.name());
        let name = name.strip_suffix("_raw").unwrap_or(name);
        let counts = target.starts_with("sea_orm::driver::sqlx_")
            || target == "sea_orm::database::transaction";
        metadata.is_span() && counts && WORDS.contains(&name)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1 + self.0.0.fetch_add(1, Ordering::SeqCst))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
