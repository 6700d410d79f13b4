//! A vital sign as clients see it.

use super::codes::{Consciousness, VitalCode, VitalLevel, VitalStatus};
use super::entry::{Entry, entry_object};
use crate::chart::vital::{self, DIASTOLIC, Measured, SYSTOLIC, level};
use crate::doctor::graphql::Coding;
use crate::graphql::{ApiResult, Ask, nullable};
use crate::patient::record;
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};

/// A part of a reading. Whoever may see the reading may read it.
#[derive(SimpleObject)]
pub struct VitalComponent {
    /// What it is.
    pub coding: Coding,
    /// In the unit of the reading.
    pub value: f64,
}

/// What was found of a quantity.
pub(super) fn quantity(measured: Measured) -> Option<f64> {
    match measured {
        Measured::Value(value) => Some(value),
        _ => None,
    }
}

/// The codings and words of the two parts of a blood pressure.
pub(super) fn parts() -> [Coding; 2] {
    [
        vital::coding(SYSTOLIC, "Systolic blood pressure").into(),
        vital::coding(DIASTOLIC, "Diastolic blood pressure").into(),
    ]
}

/// A vital sign that the viewer may read.
#[derive(Clone)]
pub struct Vital(pub(super) Entry<vital::Vital>);

impl Vital {
    /// A reading that the viewer may see.
    pub(super) fn shown(entry: Entry<vital::Vital>) -> Self {
        Self(entry)
    }
}

entry_object! {
    /// A vital sign: one reading. It is never changed; a wrong one is entered in error, and taken again. The patient and doctors
    /// who treat them may read it.
    Vital, VitalId, VitalConnection, VitalEdge, "vital signs" {
        /// What was measured. Whoever may see the entry may read it.
        async fn code(&self, ctx: &Context<'_>) -> ApiResult<VitalCode> {
            Ok(self.0.says(ctx)?.code.into())
        }

        /// The same as LOINC has it; at most two. Whoever may see the entry may read it.
        async fn codings(&self, ctx: &Context<'_>) -> ApiResult<Vec<Coding>> {
            let codings = self.0.says(ctx)?.code.codings();
            Ok(codings.into_iter().map(Into::into).collect())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<VitalStatus> {
            self.0.status(VitalStatus::of)
        }

        /// What was found; absent for a blood pressure and for the level of consciousness. Whoever may see the entry may
        /// read it.
        async fn value(&self, ctx: &Context<'_>) -> Option<ApiResult<f64>> {
            nullable(async { Ok(quantity(self.0.says(ctx)?.measured)) }).await
        }

        /// The parts of a blood pressure: systolic and diastolic; none otherwise. Whoever may see the entry may read it.
        async fn components(&self, ctx: &Context<'_>) -> ApiResult<Vec<VitalComponent>> {
            let Measured::Pressure { systolic, diastolic } = self.0.says(ctx)?.measured else {
                return Ok(Vec::new());
            };
            let all = parts().into_iter().zip([systolic, diastolic]);
            Ok(all.map(|(coding, value)| VitalComponent { coding, value }).collect())
        }

        /// How awake they were, if that was looked at. Whoever may see the entry may read it.
        async fn consciousness(&self, ctx: &Context<'_>) -> Option<ApiResult<Consciousness>> {
            nullable(async {
                Ok(match self.0.says(ctx)?.measured {
                    Measured::Level(level) => Some(level.into()),
                    _ => None,
                })
            })
            .await
        }

        /// The UCUM code of the unit of what was found; absent where there is none. Whoever may see the entry may read it.
        async fn unit(&self, ctx: &Context<'_>) -> Option<ApiResult<&'static str>> {
            nullable(async {
                let unit = self.0.says(ctx)?.code.unit();
                Ok((!unit.is_empty()).then_some(unit))
            })
            .await
        }

        /// What was written down, with its unit, when that was another. Whoever may see the entry may read it.
        async fn given(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.given.clone()) }).await
        }

        /// How far it is from what is normal; absent where there is no rule, and for whoever was not 16 then. Whoever may
        /// see the entry may read it.
        async fn level(&self, ctx: &Context<'_>) -> Option<ApiResult<VitalLevel>> {
            nullable(async {
                let vital = self.0.says(ctx)?;
                let born = record::birth_date(self.0.patient.face(), &ctx.state()?.vault)?;
                let age = vital.measured_at.date_naive().years_since(born).unwrap_or(0);
                Ok(level::level(vital.code, vital.measured, age).map(Into::into))
            })
            .await
        }

        /// When it was taken. Whoever may see the entry may read it.
        async fn measured_at(&self) -> DateTime<Utc> {
            self.0.row.effective_at
        }

        /// Whether it was reckoned of others that were taken with it. Whoever may see the entry may read it.
        async fn derived(&self, ctx: &Context<'_>) -> ApiResult<bool> {
            Ok(self.0.says(ctx)?.derived)
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}
