//! The chart as clients see it: a type for each kind of entry, what they share made in one place ([`entry`]), and the verbs.

mod alert;
mod alert_mutation;
mod alert_subscription;
mod allergy;
mod codes;
mod condition;
mod entry;
mod history;
mod immunization;
mod inputs;
mod lists;
mod look;
mod medication;
mod mutation;
mod payloads;
mod provenance;
mod refusal;
mod safety;
mod score;
mod series;
mod subscription;
mod threshold;
mod visit;
mod vital;
mod vital_inputs;

pub use alert::{VitalAlert, VitalAlertConnection, VitalAlertStatus, alerts};
pub use alert_mutation::AlertMutation;
pub use alert_subscription::AlertSubscription;
pub use allergy::{Allergy, AllergyConnection};
pub use codes::{
    AllergyStatus, ConditionStatus, EarlyWarningScale, ImmunizationStatus, MedicationRequestStatus,
    MedicationStatementStatus, RecordSource, VitalCode,
};
pub use condition::{Condition, ConditionConnection};
pub use entry::{ChartRecord, Concept, doctor_of};
pub use history::RecordHistoryConnection;
pub use immunization::{Immunization, ImmunizationConnection};
pub use inputs::{
    RecordAllergyInput, RecordConditionInput, RecordImmunizationInput, UpdateAllergyInput,
    UpdateConditionInput, UpdateImmunizationInput, UpdateMedicationStatementInput,
};
pub use lists::page;
pub use look::{ChartQuery, PatientSummary, summary, visit_of};
pub use medication::{
    MedicationRequest, MedicationRequestConnection, MedicationStatement,
    MedicationStatementConnection,
};
pub use mutation::ChartMutation;
pub use provenance::RecordProvenance;
pub use score::{EarlyWarningScore, early_warning};
pub use series::{VitalSeries, latest, series};
pub use subscription::{ChartSubscription, ChartsOf, own_panel};
pub use threshold::{VitalThreshold, thresholds};
pub use visit::{
    Encounter, EncounterConnection, EncounterStatus, Order, OrderConnection, OrderStatus,
    TestResult, TestResultConnection, TestResultStatus, VisitMutation, VisitNote,
    VisitNoteConnection, VisitNoteStatus,
};
pub use vital::{Vital, VitalConnection};
