//! One look: what of a chart is read before a visit, in few statements, and what of it is found by words.

mod codes;
mod course;
mod search;
mod summary;

pub use search::ChartQuery;
pub use summary::{PatientSummary, summary, visit_of};
