//! The wire: what HTTP, SSE and WebSocket clients meet. It turns a token into a viewer and a request into an answer; it
//! refuses to know what the answers are about.
//!
//! Of async-graphql-axum only the error type of its subprotocol extractor is of use here: its request extractor runs
//! mutations over GET and any content type and reads bodies without limit, and its socket loop has no init time-out, no
//! caps, no origin check and never drops a stalled reader. So the handlers and the loop are our own.

mod answer;
mod calendar;
mod document;
mod engine;
mod given;
mod graphiql;
mod graphql;
mod health;
pub mod listener;
mod live;
pub mod metrics;
mod once;
mod operation;
mod persisted;
mod rates;
mod record;
mod recording;
mod request;
mod resume;
mod router;
mod settings;
mod sharing;
pub mod socket;
mod sse;
mod straight;

pub use engine::Engine;
pub use rates::{Rate, Rates};
pub use router::{Door, router};
pub use settings::{EngineSettings, Introspection};
