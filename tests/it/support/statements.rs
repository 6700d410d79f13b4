//! Counts the SQL statements of one test's server, by the spans that sea-orm and our lanes open around each, and keeps what it logs.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    static LISTENING: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// How many statements were sent, and what was logged.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>, Arc<Mutex<String>>);

impl Counter {
    /// So many until now.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What was logged until now, as far as an operator would see it.
    pub fn logged(&self) -> String {
        self.1.lock().unwrap().clone()
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

/// A subscriber to nothing but the spans of statements and the lines of a log.
struct Spans(Counter);

const WORDS: [&str; 6] = [
    "rows",
    "execute",
    "execute_unprepared",
    "query_one",
    "query_all",
    "stream",
];

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_event() {
            return *metadata.level() <= Level::INFO;
        }
        let (target, name) = (metadata.target(), metadata.name());
        let name = name.strip_suffix("_raw").unwrap_or(name);
        let counts = target.starts_with("sea_orm::driver::sqlx_")
            || target == "sea_orm::database::transaction"
            || target == "patient_tracker::db::lanes";
        metadata.is_span() && counts && WORDS.contains(&name)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1 + self.0.0.fetch_add(1, Ordering::SeqCst))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
            line.push_str(&format!("{field}={value:?} "));
        });
        let mut logged = self.0.1.lock().unwrap();
        logged.push_str(&line);
        logged.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
