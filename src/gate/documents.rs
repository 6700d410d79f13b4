//! Keeps what has passed the gate, by its text, within a bound of memory. Knows nothing of who sent a text: a plan is
//! the same for everyone, and what a viewer may see is decided anew each time.

use super::{Limits, Plan, Refused, SchemaMap, lexer, times};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes a token takes in the parsed document: measured 180 in honest queries, and 220 where every token is a field.
const BYTES_PER_TOKEN: usize = 220;

/// Bytes a document takes in the cache beside its parts.
const BYTES_PER_DOCUMENT: usize = 512;

/// A query text that has passed the gate.
#[derive(Debug)]
pub struct Document {
    /// As the library wants it; to be cloned into each request, which costs far less than parsing.
    pub parsed: ExecutableDocument,
    /// What its operations touch and cost.
    pub plan: Plan,
    /// Bytes it takes, roughly.
    pub(super) weight: u32,
    valid: AtomicBool,
}

impl Document {
    /// Whether the library has found the document valid before, with all variables that it declares.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    /// Notes that the library has found the document valid, with all variables that it declares: an argument of which a
    /// variable is missing, it does not look at. With variables that fit, it will find the same each time.
    pub fn set_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }
}

/// The gate for one schema, with a cache of the documents that have passed it.
///
/// The key is the text and not its hash: the comparison is exact and costs no more, and the text is small beside what
/// is made of it. What was refused is not kept, for refusing again is cheap; and a full cache prefers what is asked for
/// often, so that a flood of new texts does not push the clients' own out.
#[derive(Debug)]
pub struct Documents {
    schema: SchemaMap,
    limits: Limits,
    pub(super) passed: Cache<Arc<str>, Arc<Document>>,
}

impl Documents {
    /// A gate with an empty cache that will hold at most so many bytes, roughly.
    #[must_use]
    pub fn new(schema: SchemaMap, limits: Limits, bytes: u64) -> Self {
        let passed = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_, document: &Arc<Document>| document.weight)
            .build();
        Self {
            schema,
            limits,
            passed,
        }
    }

    /// The figures this gate holds queries to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The document of a text, from the cache or through the whole gate.
    ///
    /// # Errors
    ///
    /// Whatever the lexer, the parser or the plan finds first.
    pub fn get_or_prepare(&self, source: &str) -> Result<Arc<Document>, Refused> {
        if let Some(known) = self.passed.get(source) {
            return Ok(known);
        }
        // Two requests may do this at once for one new text: that costs less than making either wait for the other.
        let document = Arc::new(self.prepare(source)?);
        self.passed.insert(source.into(), document.clone());
        Ok(document)
    }

    fn prepare(&self, source: &str) -> Result<Document, Refused> {
        let tokens = lexer::check(source, &self.limits)?;
        let parsed = parse_query(source)?;
        let plan = Plan::of(&self.schema, &parsed, &self.limits)?;
        times::check(&parsed)?;
        let weight = BYTES_PER_DOCUMENT + source.len() + tokens * BYTES_PER_TOKEN + plan.weight();
        Ok(Document {
            parsed,
            plan,
            weight: weight.try_into().unwrap_or(u32::MAX),
            valid: AtomicBool::new(false),
        })
    }
}
