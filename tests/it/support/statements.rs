//! Counts the SQL statements of one test's server, by the spans that sea-orm and our lanes open around each: all of them, and those
//! that are sent within the span of a request, which the server's own rounds are not. It keeps what the server logs, too.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tracing::dispatcher::DefaultGuard;
use tracing::field::Field;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Event, Level, Metadata};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

thread_local! {
    static LISTENING: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// How many statements were sent, and what was logged.
#[derive(Clone)]
pub struct Counter(Arc<Counted>, Dispatch);

impl Default for Counter {
    fn default() -> Self {
        let counted = Arc::new(Counted::default());
        // One for all threads: a request goes from one to another, and its span with it.
        let spans = Registry::default().with(Spans(Arc::clone(&counted)));
        Self(counted, Dispatch::new(spans))
    }
}

#[derive(Default)]
struct Counted {
    all: AtomicU64,
    of_requests: AtomicU64,
    logged: Mutex<String>,
}

impl Counter {
    /// So many until now, whoever sent them.
    pub fn all(&self) -> u64 {
        self.0.all.load(Ordering::SeqCst)
    }

    /// So many until now on the way to an answer.
    pub fn of_requests(&self) -> u64 {
        self.0.of_requests.load(Ordering::SeqCst)
    }

    /// What was logged until now, as far as an operator would see it.
    pub fn logged(&self) -> String {
        self.0.logged.lock().unwrap().clone()
    }

    /// Counts what this thread sends, until the guard is dropped.
    pub fn listen(&self) -> DefaultGuard {
        tracing::dispatcher::set_default(&self.1)
    }

    /// Counts what this thread sends, as long as it lives.
    pub fn listen_for_good(&self) {
        LISTENING.with(|kept| *kept.borrow_mut() = Some(self.listen()));
    }
}

/// Of all there is, the spans of statements and of requests, and the lines of a log.
struct Spans(Arc<Counted>);

const WORDS: [&str; 6] = [
    "rows",
    "execute",
    "execute_unprepared",
    "query_one",
    "query_all",
    "stream",
];

fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "request" && metadata.target().starts_with("patient_tracker::http")
}

fn is_statement(metadata: &Metadata<'_>) -> bool {
    let (target, name) = (metadata.target(), metadata.name());
    let name = name.strip_suffix("_raw").unwrap_or(name);
    let counts = target.starts_with("sea_orm::driver::sqlx_")
        || target == "sea_orm::database::transaction"
        || target == "patient_tracker::db::lanes";
    counts && WORDS.contains(&name)
}

impl Layer<Registry> for Spans {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, Registry>) -> bool {
        if metadata.is_event() {
            return *metadata.level() <= Level::INFO;
        }
        metadata.is_span() && (is_request(metadata) || is_statement(metadata))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        if is_request(attributes.metadata()) {
            return;
        }
        let counted = &self.0;
        counted.all.fetch_add(1, Ordering::SeqCst);
        let mut around = context.span_scope(id).into_iter().flatten();
        if around.any(|span| is_request(span.metadata())) {
            counted.of_requests.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, Registry>) {
        let mut line = String::new();
        event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
            line.push_str(&format!("{field}={value:?} "));
        });
        let mut logged = self.0.logged.lock().unwrap();
        logged.push_str(&line);
        logged.push('\n');
    }
}
