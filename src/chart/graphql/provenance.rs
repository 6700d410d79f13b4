//! Where an entry came from that was taken in from elsewhere.

use crate::chart::provenance::{self, Provenance, Who};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, nullable};
use crate::patient::graphql::Patient;
use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::chart_record;

/// What somebody had to do with an entry elsewhere (FHIR R4, provenance participant type).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "provenance::AgentRole")]
pub enum RecordAgentRole {
    /// Whose statement or order it is.
    Author,
    /// Who wrote it down.
    Enterer,
    /// Who told of it.
    Informant,
    /// Who did what it tells of.
    Performer,
}

/// Where an entry came from that was taken in from elsewhere. Whoever may see the entry may read it.
#[derive(SimpleObject)]
pub struct RecordProvenance {
    /// What the entry is called there, as it was told: the address of a FHIR resource, or its type and id.
    pub source: String,
    /// When it was taken in here.
    pub imported_at: DateTime<Utc>,
    /// When it was written down there; absent when nobody says so to the day.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Who is said to have had to do with it there, at most 8.
    pub agents: Vec<RecordAgent>,
}

/// Somebody who is said to have had to do with an entry elsewhere.
pub struct RecordAgent {
    role: RecordAgentRole,
    who: Who,
}

/// Somebody who is said to have had to do with an entry elsewhere. Whoever may see the entry may read it.
#[Object]
impl RecordAgent {
    /// What. Whoever may see the entry may read it.
    async fn role(&self) -> RecordAgentRole {
        self.role
    }

    /// Whether it is the patient. Whoever may see the entry may read it.
    async fn is_patient(&self) -> bool {
        matches!(self.who, Who::Patient)
    }

    /// The doctor, if it is one who is here. Whoever may see the entry may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(async {
            let Who::Doctor(id) = self.who else {
                return Ok(None);
            };
            let row = ctx.state()?.loaders.doctors.load(id).await?;
            Ok(row.map(Doctor::listed))
        })
        .await
    }

    /// What somebody is called there who is not here. Whoever may see the entry may read it.
    async fn name(&self) -> Option<&str> {
        match &self.who {
            Who::Named(name) => Some(name),
            Who::Doctor(_) | Who::Patient => None,
        }
    }
}

/// Where this entry of the patient's chart came from, if it was not made here.
pub(super) fn of(
    ctx: &Context<'_>,
    row: &chart_record::Model,
    patient: &Patient,
) -> ApiResult<Option<RecordProvenance>> {
    let found = Provenance::open(patient.face(), &ctx.state()?.vault, row).map_err(Fault::from)?;
    Ok(found.map(|found| RecordProvenance {
        source: found.source,
        imported_at: row.created_at,
        recorded_at: found.recorded_at,
        agents: found.agents.into_iter().map(shown).collect(),
    }))
}

fn shown(agent: provenance::Agent) -> RecordAgent {
    RecordAgent {
        role: agent.role.into(),
        who: agent.who,
    }
}
