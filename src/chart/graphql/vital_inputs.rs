//! What clients give about vital signs, and how it becomes a command.

use super::codes::{Consciousness, LengthUnit, PressureUnit, TemperatureUnit, WeightUnit};
use crate::chart::service::{RecordVitals, Taken};
use crate::error::Fault;
use crate::graphql::decode_id;
use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};

/// A blood pressure.
#[derive(InputObject)]
pub struct BloodPressureInput {
    /// When the heart contracts.
    pub systolic: f64,
    /// When it rests.
    pub diastolic: f64,
    /// The unit of both.
    #[graphql(default_with = "PressureUnit::MillimetresOfMercury")]
    pub unit: PressureUnit,
}

/// A temperature.
#[derive(InputObject)]
pub struct TemperatureInput {
    /// How much.
    pub value: f64,
    /// Of what.
    #[graphql(default_with = "TemperatureUnit::Celsius")]
    pub unit: TemperatureUnit,
}

/// A weight.
#[derive(InputObject)]
pub struct WeightInput {
    /// How much.
    pub value: f64,
    /// Of what.
    #[graphql(default_with = "WeightUnit::Kilograms")]
    pub unit: WeightUnit,
}

/// A height.
#[derive(InputObject)]
pub struct HeightInput {
    /// How much.
    pub value: f64,
    /// Of what.
    #[graphql(default_with = "LengthUnit::Centimetres")]
    pub unit: LengthUnit,
}

/// Record vital signs that were taken together: at least one.
#[derive(InputObject)]
pub struct RecordVitalsInput {
    /// Whose.
    pub patient_id: ID,
    /// When they were taken; now when absent.
    pub measured_at: Option<DateTime<Utc>>,
    /// Systolic and diastolic.
    pub blood_pressure: Option<BloodPressureInput>,
    /// Beats a minute.
    pub heart_rate: Option<f64>,
    /// Breaths a minute.
    pub respiratory_rate: Option<f64>,
    /// Per cent.
    pub oxygen_saturation: Option<f64>,
    /// Of the body.
    pub temperature: Option<TemperatureInput>,
    /// Of the body; with a height of the last year the body mass index is derived.
    pub weight: Option<WeightInput>,
    /// Of the body.
    pub height: Option<HeightInput>,
    /// Litres of oxygen a minute; 0 is air.
    pub oxygen_flow: Option<f64>,
    /// How awake they are.
    pub consciousness: Option<Consciousness>,
    /// What else there is to say, at most 4,000 characters.
    pub note: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<RecordVitalsInput> for RecordVitals {
    type Error = Fault;

    fn try_from(input: RecordVitalsInput) -> Result<Self, Fault> {
        let pressure = input.blood_pressure;
        Ok(Self {
            patient: decode_id(&input.patient_id)?,
            measured_at: input.measured_at,
            taken: Taken {
                blood_pressure: pressure.map(|it| (it.systolic, it.diastolic, it.unit.into())),
                heart_rate: input.heart_rate,
                respiratory_rate: input.respiratory_rate,
                oxygen_saturation: input.oxygen_saturation,
                temperature: input.temperature.map(|it| (it.value, it.unit.into())),
                weight: input.weight.map(|it| (it.value, it.unit.into())),
                height: input.height.map(|it| (it.value, it.unit.into())),
                oxygen_flow: input.oxygen_flow,
                consciousness: input.consciousness.map(Into::into),
            },
            note: input.note,
            idempotency_key: input.idempotency_key,
        })
    }
}
