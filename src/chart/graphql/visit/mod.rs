//! What is done at visits as clients see it: the visits themselves, notes, orders and results.

mod codes;
mod encounter;
mod inputs;
mod links;
mod mutation;
mod order;
mod payloads;
mod refusal;
mod test_result;
mod visit_note;

pub use codes::{EncounterStatus, OrderStatus, TestResultStatus, VisitNoteStatus};
pub use encounter::{Encounter, EncounterConnection};
pub use mutation::VisitMutation;
pub use order::{Order, OrderConnection};
pub use test_result::{TestResult, TestResultConnection};
pub use visit_note::{VisitNote, VisitNoteConnection};
