//! The sample's charts, as rows.

use super::accounts::Accounts;
use super::people::{beginning, in_ranges};
use super::visits::{Attended, attended};
use super::{Filling, written};
use crate::chart;
use crate::chart::content::{
    self, AllergyCategory, AllergyCriticality, AllergyType, AllergyVerification, Concept,
    ConditionVerification, Content,
};
use crate::chart::sealed::{NewRecord, SealedRecord};
use crate::chart::vital::{Measured, Vital, VitalCode, body_mass_index};
use crate::error::Fault;
use crate::sample;
use crate::vault::DataKey;
use chrono::{DateTime, Utc};
use entity::code::{Coding, RecordSource, RecordStatus};
use entity::id::{PanelId, PatientId};
use futures_util::StreamExt as _;
use std::sync::Arc;

/// Charts a transaction.
const CHARTS: usize = 500;

/// Writes the charts, the next ones being sealed meanwhile.
pub(super) async fn write(
    filling: &Arc<Filling>,
    keys: &Arc<[Arc<DataKey>]>,
    staff: &Accounts,
) -> Result<(), Fault> {
    let attended = Arc::new(attended(filling, staff));
    let seal = |range: std::ops::Range<usize>| {
        let (filling, keys) = (Arc::clone(filling), Arc::clone(keys));
        let attended = Arc::clone(&attended);
        tokio::task::spawn_blocking(move || {
            let mut rows = Vec::new();
            for place in range {
                let one = Sealing {
                    filling: &filling,
                    patient: filling.ids.patients[place],
                    key: &keys[place],
                    attended: attended.get(&place).copied(),
                };
                one.chart(&filling.clinic.charts[place], &mut rows)?;
            }
            Ok::<_, Fault>(rows)
        })
    };
    let ranges = in_ranges(filling.clinic.charts.len(), CHARTS);
    let mut parts = futures_util::stream::iter(ranges).map(seal).buffered(2);
    while let Some(rows) = parts.next().await {
        let rows = rows.map_err(Fault::internal)??;
        let outcome = filling.state.db.write(move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                chart::store::insert_rows(tx, rows).await?;
                Ok(Ok(()))
            })
        });
        written(outcome.await)?;
    }
    Ok(())
}

fn concept(is: &sample::Coding) -> Concept {
    Concept {
        text: is.display.to_owned(),
        codings: vec![Coding {
            system: is.system.to_owned(),
            code: is.code.to_owned(),
            display: is.display.to_owned(),
        }],
    }
}

/// Whose word something is.
fn word(is_theirs: bool) -> RecordSource {
    match is_theirs {
        true => RecordSource::Patient,
        false => RecordSource::Clinic,
    }
}

/// One chart being sealed.
pub(super) struct Sealing<'a> {
    pub(super) filling: &'a Filling,
    patient: PatientId,
    pub(super) key: &'a DataKey,
    /// Who treats them.
    pub(super) attended: Option<Attended>,
}

impl Sealing<'_> {
    fn chart(&self, chart: &sample::Chart, rows: &mut Vec<SealedRecord>) -> Result<(), Fault> {
        for one in &chart.conditions {
            rows.push(self.seal(condition(one), RecordSource::Clinic)?);
        }
        for one in &chart.allergies {
            rows.push(self.seal(allergy(one), RecordSource::Clinic)?);
        }
        for one in &chart.medications {
            rows.push(match one.own_word {
                true => self.seal(statement(one), RecordSource::Patient)?,
                false => self.seal(request(one), RecordSource::Clinic)?,
            });
        }
        for one in &chart.immunizations {
            rows.push(self.seal(immunization(one), RecordSource::Clinic)?);
        }
        for one in &chart.vitals {
            self.vitals(one, rows)?;
        }
        self.visit(chart, rows)
    }

    pub(super) fn entry<C>(&self, content: C, source: RecordSource) -> NewRecord<C> {
        let clock = &self.filling.state.clock;
        NewRecord {
            id: clock.new_id(),
            version: clock.new_id(),
            patient: self.patient,
            content,
            source,
            recorded_by: None,
        }
    }

    fn seal<C: Content>(&self, content: C, source: RecordSource) -> Result<SealedRecord, Fault> {
        let new = self.entry(content, source);
        Ok(new.seal(self.key, self.filling.now)?)
    }

    fn vitals(&self, taken: &sample::Vitals, rows: &mut Vec<SealedRecord>) -> Result<(), Fault> {
        let state = &self.filling.state;
        let panel: PanelId = state.clock.new_id();
        for (code, measured) in readings(taken) {
            let vital = Vital {
                code,
                status: RecordStatus::Final,
                measured,
                given: None,
                measured_at: taken.at,
                derived: code == VitalCode::BodyMassIndex,
                note: None,
            };
            let new = self.entry(vital, word(taken.own_word));
            let index = state.vault.index();
            rows.push(new.seal_in(panel, index, self.key, self.filling.now)?);
        }
        Ok(())
    }
}

/// A reading of today's that somebody is to look at now.
pub(super) fn racing_heart(
    filling: &Filling,
    (patient, key): (PatientId, &DataKey),
) -> Result<SealedRecord, Fault> {
    let one = Sealing {
        filling,
        patient,
        key,
        attended: None,
    };
    let state = &filling.state;
    let vital = Vital {
        code: VitalCode::HeartRate,
        status: RecordStatus::Final,
        measured: Measured::Value(148.0),
        given: None,
        measured_at: filling.now,
        derived: false,
        note: None,
    };
    let new = one.entry(vital, RecordSource::Patient);
    let panel: PanelId = state.clock.new_id();
    Ok(new.seal_in(panel, state.vault.index(), key, filling.now)?)
}

fn began(day: chrono::NaiveDate) -> Option<DateTime<Utc>> {
    Some(beginning(day))
}

fn condition(one: &sample::Condition) -> content::Condition {
    content::Condition {
        code: concept(&one.is),
        status: RecordStatus::Active,
        verification: Some(ConditionVerification::Confirmed),
        severity: None,
        body_site: None,
        onset_at: began(one.since),
        abated_at: None,
        note: None,
    }
}

fn allergy(one: &sample::Allergy) -> content::Allergy {
    content::Allergy {
        substance: concept(&one.is),
        status: RecordStatus::Active,
        verification: Some(AllergyVerification::Confirmed),
        allergy_type: Some(AllergyType::Allergy),
        category: Some(match one.category {
            sample::AllergyCategory::Food => AllergyCategory::Food,
            sample::AllergyCategory::Medication => AllergyCategory::Medication,
            sample::AllergyCategory::Environment => AllergyCategory::Environment,
        }),
        criticality: Some(match one.severe {
            true => AllergyCriticality::High,
            false => AllergyCriticality::Low,
        }),
        reactions: Some(vec![content::Reaction {
            manifestation: one.reaction.to_owned(),
            severity: None,
        }]),
        onset_at: began(one.since),
        note: None,
    }
}

fn request(one: &sample::Medication) -> content::MedicationRequest {
    content::MedicationRequest {
        medication: concept(&one.is),
        status: RecordStatus::Active,
        dosage: one.dosage.map(str::to_owned),
        route: None,
        as_needed: None,
        reason: one.reason.map(str::to_owned),
        authored_at: began(one.since),
        ends_at: None,
        note: None,
    }
}

fn statement(one: &sample::Medication) -> content::MedicationStatement {
    content::MedicationStatement {
        medication: concept(&one.is),
        status: RecordStatus::Active,
        dosage: one.dosage.map(str::to_owned),
        reason: one.reason.map(str::to_owned),
        taken_from: began(one.since),
        taken_until: None,
        note: None,
    }
}

fn immunization(one: &sample::Immunization) -> content::Immunization {
    content::Immunization {
        vaccine: concept(&one.is),
        status: RecordStatus::Completed,
        occurred_at: beginning(one.on),
        lot_number: None,
        dose_number: None,
        site: None,
        status_reason: None,
        note: None,
    }
}

/// What was measured, with the body mass index of it.
fn readings(taken: &sample::Vitals) -> Vec<(VitalCode, Measured)> {
    // Whole numbers of this size are exact.
    let number = |whole: i64| whole as f64;
    let weight = number(taken.weight_in_grams / 100) / 10.0;
    let height = number(taken.height_in_centimetres);
    let pressure = taken.pressure.map(|(systolic, diastolic)| {
        let measured = Measured::Pressure {
            systolic: number(systolic),
            diastolic: number(diastolic),
        };
        (VitalCode::BloodPressure, measured)
    });
    let index = body_mass_index(weight, height);
    let rate = Measured::Value(number(taken.heart_rate));
    pressure
        .into_iter()
        .chain([
            (VitalCode::HeartRate, rate),
            (VitalCode::BodyWeight, Measured::Value(weight)),
            (VitalCode::BodyHeight, Measured::Value(height)),
        ])
        .chain(index.map(|index| (VitalCode::BodyMassIndex, Measured::Value(index))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::content::Editable as _;
    use crate::chart::vital::{plausible, pressure};
    use crate::sample::{Size, clinic};

    #[test]
    fn what_stands_in_a_sample_chart_could_have_been_entered() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for seed in 1..4 {
            let clinic = clinic(seed, Size::Small, now, chrono_tz::UTC);
            for chart in &clinic.charts {
                for one in &chart.conditions {
                    assert!(
                        condition(one)
                            .checked(now)
                            .is_ok_and(|it| it == condition(one))
                    );
                }
                for one in &chart.allergies {
                    assert!(allergy(one).checked(now).is_ok_and(|it| it == allergy(one)));
                }
                for one in &chart.medications {
                    assert!(request(one).checked(now).is_ok());
                    assert!(statement(one).checked(now).is_ok());
                }
                for one in &chart.immunizations {
                    assert!(immunization(one).checked(now).is_ok());
                }
                for (code, measured) in chart.vitals.iter().flat_map(readings) {
                    let taken = match measured {
                        Measured::Value(value) => plausible(code, value) == Ok(value),
                        Measured::Pressure {
                            systolic,
                            diastolic,
                        } => pressure(systolic, diastolic) == Ok(measured),
                        Measured::Level(_) => false,
                    };
                    assert!(taken, "{code:?} {measured:?}");
                }
            }
        }
    }
}
