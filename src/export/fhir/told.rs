//! Who an entry is said to come of: whoever is said to have had to do with it where it came from; of what was made here, whoever
//! wrote it.

use super::{Writer, reference};
use crate::chart::provenance::{AgentRole, Provenance, Who};
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::id::{DoctorId, PatientId};
use serde_json::{Value, json};

/// Who an entry is said to come of.
pub(super) struct Told {
    patient: PatientId,
    writer: Option<Writer>,
    provenance: Option<Provenance>,
}

impl Told {
    pub(super) fn new(
        patient: PatientId,
        writer: Option<Writer>,
        provenance: Option<Provenance>,
    ) -> Self {
        Self {
            patient,
            writer,
            provenance,
        }
    }

    /// Who wrote it here, if it was made here, and that is somebody with a resource.
    pub(super) fn writer(&self) -> Option<Writer> {
        self.writer.filter(|_| self.provenance.is_none())
    }

    /// The doctors among them.
    pub(super) fn doctors(&self) -> impl Iterator<Item = DoctorId> {
        let agents = self.provenance.iter().flat_map(|one| &one.agents);
        let there = agents.filter_map(|agent| match agent.who {
            Who::Doctor(id) => Some(id),
            Who::Patient | Who::Named(_) => None,
        });
        let here = match self.writer() {
            Some(Writer::Doctor(id)) => Some(id),
            _ => None,
        };
        here.into_iter().chain(there)
    }

    /// Where it came from, as FHIR's `uri`.
    pub(super) fn source(&self) -> Option<&str> {
        let source = self.provenance.as_ref()?.source.as_str();
        source.contains(':').then_some(source)
    }

    /// When it was first written down.
    pub(super) fn recorded(&self, row: &chart_record::Model) -> DateTime<Utc> {
        let there = self.provenance.as_ref();
        there
            .and_then(|one| one.recorded_at)
            .unwrap_or(row.created_at)
    }

    /// Those who had this to do with it elsewhere.
    pub(super) fn elsewhere(&self, role: AgentRole) -> Vec<Value> {
        let all = self.provenance.iter().flat_map(|one| one.who(role));
        all.map(|who| match who {
            Who::Doctor(id) => reference(id.0),
            Who::Patient => reference(self.patient.0),
            Who::Named(name) => json!({ "display": name }),
        })
        .collect()
    }

    /// The first of them.
    pub(super) fn one_elsewhere(&self, role: AgentRole) -> Value {
        self.elsewhere(role).into_iter().next().unwrap_or_default()
    }

    /// The first who had this to do with it where it came from; of what was made here, whoever wrote it.
    pub(super) fn one(&self, role: AgentRole) -> Value {
        self.all(role).into_iter().next().unwrap_or_default()
    }

    /// The same, of all of them. Who changed here what came from elsewhere did not make it.
    pub(super) fn all(&self, role: AgentRole) -> Vec<Value> {
        match (&self.provenance, super::to_writer(self.writer)) {
            (Some(_), _) => self.elsewhere(role),
            (None, Value::Null) => Vec::new(),
            (None, writer) => vec![writer],
        }
    }
}
