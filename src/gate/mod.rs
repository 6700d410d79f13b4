//! The gate every GraphQL request passes before anything is executed for it, over HTTP and WebSocket alike.
//!
//! A query is text from a stranger, and the library trusts it too early: four kilobytes of brackets overflow its
//! parser's stack, and six hundred bytes of fragments keep its validator busy for half a minute. So a text goes through
//! three steps here, each cheap enough to be safe before the next:
//!
//! 1. [`lexer`] counts bytes, tokens and brackets before the parser sees them;
//! 2. [`Plan`] measures the parsed document with its fragments written out, without writing them out, and works out
//!    what each operation touches and what it may cost;
//! 3. [`Documents`] keeps what passed, so that a known text is neither parsed nor measured again, nor validated once it
//!    has been found valid: the values of its [variables](Inputs) are looked at for each request.
//!
//! The gate knows the shape of the schema and nothing of its meaning: no room, no viewer, no role. It does not replace
//! validation: what is merely wrong passes it, and the library answers with a better message.

mod cost;
mod documents;
mod expansion;
pub mod lexer;
mod limits;
mod persisted;
mod plan;
mod refused;
mod schema_map;
mod times;
mod variables;
mod walk;

#[cfg(test)]
mod tests;

pub use documents::{Document, Documents};
pub use limits::Limits;
pub use persisted::Persisted;
pub use plan::{OperationPlan, Plan};
pub use refused::{Reason, Refused};
pub use schema_map::SchemaMap;
pub use variables::Inputs;
pub use walk::{Coordinate, RootField};
