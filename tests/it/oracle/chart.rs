//! What the oracle knows of charts: what it puts there, and what is answered of it.

use super::answer::{Reader, moment};
use super::cells::{Cell, Row};
use super::visits::{AtVisit, Stage, is_of_visits};
use super::world::{Thing, World};
use crate::support::{App, Random, write};
use chrono::{DateTime, TimeDelta, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordSource, RecordStatus};
use entity::id::{PanelId, PatientId, RecordId};
use patient_tracker::chart::content::{
    Allergy, Concept, Condition, Content, Immunization, MedicationRequest, MedicationStatement,
};
use patient_tracker::chart::provenance::{Agent, AgentRole, Provenance, Who};
use patient_tracker::chart::sealed::{NewRecord, SealedRecord};
use patient_tracker::chart::store::insert_rows;
use patient_tracker::chart::vital::{Measured, Vital, VitalCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// An entry of a chart.
pub struct Entry {
    pub id: Uuid,
    pub patient: usize,
    pub kind: RecordKind,
    pub status: RecordStatus,
    pub source: RecordSource,
    /// What it is of, in words; the heart's rate, of a vital sign.
    pub of: String,
    pub note: Option<String>,
    pub effective_at: DateTime<Utc>,
    pub version: i32,
    /// Of what is done at visits.
    pub visit: AtVisit,
    /// What it is called elsewhere, and who is said to have written it there, if it came from there.
    pub came_from: Option<(String, String)>,
}

/// Every kind, with the field of a patient that lists it (none lists vital signs so) and the field that says what it is of.
pub const KINDS: [(RecordKind, &str, &str); 10] = [
    (RecordKind::Condition, "conditions", "code"),
    (RecordKind::Allergy, "allergies", "substance"),
    (RecordKind::MedicationRequest, "medications", "medication"),
    (
        RecordKind::MedicationStatement,
        "medicationStatements",
        "medication",
    ),
    (RecordKind::Immunization, "immunizations", "vaccine"),
    (RecordKind::Vital, "", "value"),
    (RecordKind::Encounter, "encounters", "reason"),
    (RecordKind::VisitNote, "visitNotes", "text"),
    (RecordKind::Order, "orders", "code"),
    (RecordKind::TestResult, "testResults", "code"),
];

/// What the graph calls a kind.
pub fn typename(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Condition => "Condition",
        RecordKind::Allergy => "Allergy",
        RecordKind::MedicationRequest => "MedicationRequest",
        RecordKind::MedicationStatement => "MedicationStatement",
        RecordKind::Immunization => "Immunization",
        RecordKind::Vital => "Vital",
        RecordKind::Encounter => "Encounter",
        RecordKind::VisitNote => "VisitNote",
        RecordKind::Order => "Order",
        RecordKind::TestResult => "TestResult",
    }
}

/// What the ids of a kind begin with.
pub fn prefix(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Condition => "con",
        RecordKind::Allergy => "alg",
        RecordKind::MedicationRequest => "med",
        RecordKind::MedicationStatement => "mst",
        RecordKind::Immunization => "imm",
        RecordKind::Vital => "vit",
        RecordKind::Encounter => "enc",
        RecordKind::VisitNote => "nte",
        RecordKind::Order => "ord",
        RecordKind::TestResult => "res",
    }
}

fn spelled(status: RecordStatus) -> &'static str {
    match status {
        RecordStatus::Active => "ACTIVE",
        RecordStatus::Completed => "COMPLETED",
        RecordStatus::Final => "FINAL",
        RecordStatus::Finished => "FINISHED",
        RecordStatus::Preliminary => "PRELIMINARY",
        RecordStatus::Amended => "AMENDED",
        RecordStatus::EnteredInError => "ENTERED_IN_ERROR",
        other => panic!("the oracle gives nobody {other:?}"),
    }
}

impl Reader<'_> {
    /// The entries that a field of a patient lists, the first first, if the viewer may read them.
    pub(super) fn entries(&self, patient: usize, field: &str) -> Option<Vec<Thing>> {
        let kind = KINDS.iter().find(|(_, list, _)| *list == field);
        let (kind, ..) = *kind.unwrap_or_else(|| panic!("the oracle knows no {field}"));
        let row = match is_of_visits(kind) {
            true => Row::SharedVisits,
            false => Row::Chart,
        };
        let cell = self.world.reads(self.who, row, patient, self.now);
        if cell == Cell::Nothing {
            return None;
        }
        let all = self.world.entries.iter().enumerate();
        let listed = all.filter(|(at, one)| {
            let of = one.patient == patient && one.kind == kind;
            let stands = of && one.status != RecordStatus::EnteredInError;
            stands && self.world.reads_entry(self.who, *at, self.now)
        });
        let mut listed: Vec<_> = listed.collect();
        listed.sort_by_key(|(_, one)| (one.effective_at, one.id));
        let things = listed.into_iter();
        Some(things.map(|(at, _)| Thing::Entry(kind, at)).collect())
    }

    /// What an entry says.
    pub(super) fn of_entry(&self, at: usize, field: &str) -> Value {
        let one = &self.world.entries[at];
        match field {
            "status" => json!(spelled(one.status)),
            "source" if one.source == RecordSource::Patient => json!("PATIENT"),
            "source" => json!("CLINIC"),
            "version" => json!(one.version),
            "note" | "title" => json!(one.note),
            "text" => json!(one.of),
            "measuredAt" => moment(one.effective_at),
            "value" => json!(one.of.parse::<f64>().unwrap()),
            "provenance" => match &one.came_from {
                None => Value::Null,
                Some((source, name)) => {
                    json!({ "__typename": "RecordProvenance", "source": source, "agents": [
                    { "__typename": "RecordAgent", "name": name, "isPatient": false }] })
                }
            },
            // The name of the field that says what it is of differs from kind to kind.
            _ if one.kind == RecordKind::Vital => json!("HEART_RATE"),
            _ => json!({ "__typename": "Concept", "text": one.of }),
        }
    }
}

impl World {
    /// What stands in the charts at the beginning.
    pub(super) async fn insert_entries(&mut self, app: &App, random: &mut Random) {
        let now = app.clock.now();
        for patient in 0..self.patients.len() {
            for _ in 0..random.below(9) {
                let (kind, ..) = *random.pick(&KINDS);
                let number = self.entries.len();
                let visit = self.at_visit(kind, patient, random);
                let is_theirs = match kind {
                    RecordKind::MedicationStatement | RecordKind::Vital => random.below(2) == 0,
                    _ => false,
                };
                self.entries.push(Entry {
                    id: app.clock.new_id::<RecordId>().0,
                    patient,
                    kind,
                    status: match kind {
                        RecordKind::Immunization => RecordStatus::Completed,
                        RecordKind::Vital | RecordKind::TestResult => RecordStatus::Final,
                        RecordKind::Encounter => RecordStatus::Finished,
                        RecordKind::VisitNote if visit.stage == Stage::Draft => {
                            RecordStatus::Preliminary
                        }
                        RecordKind::VisitNote => RecordStatus::Final,
                        _ => RecordStatus::Active,
                    },
                    source: match is_theirs {
                        true => RecordSource::Patient,
                        false => RecordSource::Clinic,
                    },
                    of: match kind {
                        RecordKind::Vital => format!("{}", 50 + number % 60),
                        _ => format!("Thing {number}"),
                    },
                    note: (random.below(2) == 0).then(|| format!("note number {number}")),
                    effective_at: now - TimeDelta::minutes(7 * i64::try_from(number + 9).unwrap()),
                    version: 1,
                    visit,
                    came_from: (random.below(3) == 0)
                        .then(|| (format!("urn:oid:2.{number}"), format!("Author {number}"))),
                });
            }
        }
        let mut rows = Vec::new();
        for one in &self.entries {
            let row = self.sealed(app, one).await;
            rows.push(self.placed(one, row));
        }
        write(app.state(), move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                insert_rows(tx, rows).await?;
                Ok(Ok(()))
            })
        })
        .await;
    }

    async fn sealed(&self, app: &App, one: &Entry) -> SealedRecord {
        let (of, at) = (
            Concept {
                text: one.of.clone(),
                codings: Vec::new(),
            },
            one.effective_at,
        );
        let (status, note) = (one.status, one.note.clone());
        match one.kind {
            RecordKind::Condition => {
                let says = Condition {
                    code: of,
                    status,
                    verification: None,
                    severity: None,
                    body_site: None,
                    onset_at: Some(at),
                    abated_at: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::Allergy => {
                let says = Allergy {
                    substance: of,
                    status,
                    verification: None,
                    allergy_type: None,
                    category: None,
                    criticality: None,
                    reactions: None,
                    onset_at: Some(at),
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::MedicationRequest => {
                let says = MedicationRequest {
                    medication: of,
                    status,
                    dosage: None,
                    route: None,
                    as_needed: None,
                    reason: None,
                    authored_at: Some(at),
                    ends_at: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::MedicationStatement => {
                let says = MedicationStatement {
                    medication: of,
                    status,
                    dosage: None,
                    reason: None,
                    taken_from: Some(at),
                    taken_until: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::Immunization => {
                let says = Immunization {
                    vaccine: of,
                    status,
                    occurred_at: at,
                    lot_number: None,
                    dose_number: None,
                    site: None,
                    status_reason: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::Vital => {
                let says = Vital {
                    code: VitalCode::HeartRate,
                    status,
                    measured: Measured::Value(one.of.parse().unwrap()),
                    given: None,
                    measured_at: at,
                    derived: false,
                    note,
                };
                let panel: PanelId = app.clock.new_id();
                let index = app.state().vault.index();
                self.seal(app, one, says, |new, key| {
                    new.seal_in(panel, index, key, at)
                })
                .await
            }
            _ => self.sealed_visit(app, one, of).await,
        }
    }

    pub(super) async fn seal<C: Content, E: std::fmt::Debug>(
        &self,
        app: &App,
        one: &Entry,
        content: C,
        seal: impl FnOnce(&NewRecord<C>, &patient_tracker::vault::DataKey) -> Result<SealedRecord, E>,
    ) -> SealedRecord {
        let state = app.state();
        let patient = PatientId(self.patients[one.patient].id);
        let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
        let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
        let new = NewRecord {
            id: RecordId(one.id),
            version: app.clock.new_id(),
            patient,
            content,
            source: one.source,
            recorded_by: None,
        };
        let mut sealed = seal(&new, &key).unwrap();
        if let Some((source, name)) = &one.came_from {
            let agent = Agent {
                role: AgentRole::Author,
                who: Who::Named(name.clone()),
            };
            let provenance = Provenance {
                source: source.clone(),
                recorded_at: None,
                agents: vec![agent],
            };
            sealed.record.provenance = Some(provenance.seal(&key, new.id).unwrap());
        }
        sealed
    }

    /// Brings the charts up to what was done: new entries say what all that are tried say.
    pub(super) fn mend_charts(&mut self, rows: &[chart_record::Model]) {
        for row in rows {
            let at = self.entries.iter().position(|one| one.id == row.id.0);
            let Some(at) = at else {
                let patient = self.patients.iter();
                let mut patient = patient.enumerate();
                let patient = patient.find(|(_, one)| one.id == row.patient_id.0);
                self.entries.push(Entry {
                    id: row.id.0,
                    patient: patient.unwrap().0,
                    kind: row.kind,
                    status: row.status,
                    source: row.source,
                    of: tried(row.kind).to_owned(),
                    note: None,
                    effective_at: row.effective_at,
                    version: row.version,
                    visit: self.visit_of(row),
                    came_from: None,
                });
                continue;
            };
            let visit = self.visit_of(row);
            let one = &mut self.entries[at];
            one.visit = visit;
            (one.status, one.version) = (row.status, row.version);
            one.effective_at = row.effective_at;
        }
    }
}

/// What an entry of this kind says that somebody tries to put into a chart.
pub fn tried(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Condition => "Asthma",
        RecordKind::Allergy => "Latex",
        RecordKind::MedicationRequest => "Ibuprofen",
        RecordKind::MedicationStatement => "Honey",
        RecordKind::Immunization => "Tetanus",
        RecordKind::Vital => "71",
        RecordKind::Encounter => "Check-up",
        RecordKind::VisitNote => "As it was",
        RecordKind::Order => "Blood count",
        RecordKind::TestResult => "Haemoglobin",
    }
}
