//! The chart as clients see it: a type for each kind of entry, what they share made in one place ([`entry`]), and the verbs.

mod allergy;
mod codes;
mod condition;
mod entry;
mod history;
mod immunization;
mod inputs;
mod lists;
mod medication;
mod mutation;
mod payloads;
mod refusal;
mod score;
mod series;
mod subscription;
mod vital;
mod vital_inputs;

pub use allergy::{Allergy, AllergyConnection};
pub use codes::{
    AllergyStatus, ConditionStatus, EarlyWarningScale, ImmunizationStatus, MedicationRequestStatus,
    MedicationStatementStatus, VitalCode,
};
pub use condition::{Condition, ConditionConnection};
pub use entry::{ChartRecord, Concept};
pub use history::RecordHistoryConnection;
pub use immunization::{Immunization, ImmunizationConnection};
pub use lists::page;
pub use medication::{
    MedicationRequest, MedicationRequestConnection, MedicationStatement,
    MedicationStatementConnection,
};
pub use mutation::ChartMutation;
pub use score::{EarlyWarningScore, early_warning};
pub use series::{VitalSeries, latest, series};
pub use subscription::ChartSubscription;
pub use vital::{Vital, VitalConnection};
