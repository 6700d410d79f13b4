//! The face of series.

mod errors;
mod mutation;
mod shapes;
mod types;

pub use mutation::SeriesMutation;
pub use types::AppointmentSeries;
