//! Reading a patient's record to its end, a page at a time.

use super::fhir::{self, Resource as Fhir, Writer};
use crate::access::{
    Action, Granted, PatientFacts, Relationship, Resource, Viewer, decide, require,
};
use crate::account::{StepUpRequired, step_up};
use crate::appointment::bulk;
use crate::appointment::store::{Filter, Key, list};
use crate::chart::service::resource_of;
use crate::chart::store;
use crate::db::{End, Window};
use crate::doctor::record::DoctorRecord;
use crate::document::detail;
use crate::document::service::stage;
use crate::error::{Fault, Outcome};
use crate::patient::service::find_patient;
use crate::patient::{PatientRecord, record};
use crate::state::{Card, State};
use crate::vault::Place;
use entity::code::{AppointmentStatus, CancellationReason, RecordKind};
use entity::id::{DoctorId, PatientId, RecordId, UserId};
use entity::{appointment_kind, chart_record};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// So many entries are read at once.
const PAGE: u64 = 200;

/// How far it has come.
enum Next {
    People,
    Appointments(Option<Key>),
    Chart(Option<RecordId>),
    Files,
    Doctors,
    Over,
}

/// A record that is being read.
pub struct Export {
    state: Arc<State>,
    viewer: Viewer,
    record: PatientRecord,
    facts: PatientFacts,
    granted: Granted,
    next: Next,
    /// The appointments, visits, orders and notes that were given out: what is tied to others does not name them.
    given: HashSet<Uuid>,
    /// The doctors that were named: they come last.
    named: BTreeSet<DoctorId>,
    /// Which doctors accounts are, as far as it was asked.
    writers: HashMap<UserId, Option<Writer>>,
}

/// Begins to read all of a patient's record. That it is looked at is durable when this returns.
///
/// # Errors
/// [`Fault::NotFound`] when the viewer may not know of the patient, [`Fault::Forbidden`] when they may and this is not for them;
/// those of the database.
pub async fn begin(
    state: &Arc<State>,
    viewer: &Viewer,
    patient: PatientId,
) -> Outcome<Export, StepUpRequired> {
    viewer.signed_in()?;
    let record = find_patient(state, viewer, patient).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    // Who may be told of the patient may be told that this is not for them.
    let granted = require(viewer, Action::Read, &Resource::WholeRecord(facts));
    let granted = granted.map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    if granted.relationship() != Relationship::OneSelf {
        crate::accept!(step_up(state, viewer).await?);
    }
    state.audit.flush(viewer).await?;
    Ok(Ok(Export {
        state: Arc::clone(state),
        viewer: viewer.clone(),
        record,
        facts,
        granted,
        next: Next::People,
        given: HashSet::new(),
        named: BTreeSet::new(),
        writers: HashMap::new(),
    }))
}

impl Export {
    /// The next entries of the bundle; none when it is over.
    ///
    /// # Errors
    /// [`Fault::Unauthenticated`] when the session has ended meanwhile; those of the database, and of cells that do not open.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, Fault> {
        let actor = self.viewer.signed_in()?;
        if self.state.actor_now(actor).await?.is_none() {
            return Err(Fault::Unauthenticated);
        }
        let next = std::mem::replace(&mut self.next, Next::Over);
        Ok(Some(match next {
            Next::People => self.people().await?,
            Next::Appointments(after) => self.appointments(after).await?,
            Next::Chart(after) => self.chart(after).await?,
            Next::Files => self.files().await?,
            Next::Doctors => self.doctors().await?,
            Next::Over => return Ok(None),
        }))
    }

    async fn people(&mut self) -> Result<Vec<Value>, Fault> {
        let (state, face) = (&self.state, self.record.face());
        let vault = &state.vault;
        let mut entries = vec![fhir::patient(&self.record, vault)?.entry("match")];
        let insurances = state.loaders.coverages.load(self.record.id()).await?;
        for row in insurances.iter().flat_map(|rows| rows.iter()) {
            let detail = record::coverage(face, vault, row)?;
            entries.push(fhir::coverage(row, &detail).entry("include"));
        }
        let team = state.loaders.care_teams.load(self.record.id()).await?;
        let members: Vec<_> = team.iter().flat_map(|rows| rows.iter()).collect();
        self.named.extend(members.iter().map(|one| one.doctor_id));
        let members: Vec<_> = members.into_iter().map(|one| &**one).collect();
        let team: Uuid = state.clock.new_id();
        entries.extend(fhir::care_team(team, &members).map(|team| team.entry("include")));
        self.next = Next::Appointments(None);
        Ok(entries)
    }

    async fn appointments(&mut self, after: Option<Key>) -> Result<Vec<Value>, Fault> {
        let filter = Filter {
            patient: Some(self.record.id()),
            ..Filter::default()
        };
        let window = Window {
            from: End::First,
            most: PAGE,
            after,
            before: None,
        };
        let found = list(&self.state.db, &self.viewer, &filter, &window).await?;
        let last = found
            .rows
            .last()
            .map(|card| (card.row.starts_at, card.row.id));
        self.next = match found.more {
            true => Next::Appointments(last),
            false => Next::Chart(None),
        };
        let mut entries = Vec::with_capacity(found.rows.len());
        let ids = found.rows.iter().map(|card| card.row.id).collect();
        let told = bulk::kinds(&self.state.db, self.granted, ids).await?;
        for card in found.rows.iter().filter(|card| was_agreed(card)) {
            let told = told.get(&card.row.id);
            entries.push(self.appointment(card, told).await?.entry("include"));
            self.named.insert(card.row.doctor_id);
            self.given.insert(card.row.id.0);
        }
        Ok(entries)
    }

    async fn appointment(
        &self,
        card: &Card,
        told: Option<&appointment_kind::Model>,
    ) -> Result<Fhir, Fault> {
        let state = &self.state;
        let kind = match card.row.visit_type_id {
            Some(id) => state.loaders.visit_types.load(id).await?,
            None => None,
        };
        let place = Place::new("appointment", "reason", card.row.id.0);
        let key = self.record.key(&state.vault)?;
        let reason = card.row.reason.as_ref();
        let reason: Option<String> = reason.map(|cell| key.open(place, cell)).transpose()?;
        let stands = told.is_some_and(|told| told.is_reason);
        let told: Option<String> = told
            .map(|told| key.open(bulk::kind_place(card.row.id), &told.kind))
            .transpose()?;
        // Of one that came with no reason, the kind stands for it here.
        let reason = reason.filter(|_| !stands);
        let kind = kind.as_ref().map(|kind| kind.name.as_str());
        let kind = kind.or(told.as_deref());
        Ok(fhir::appointment(&card.row, kind, reason.as_deref()))
    }

    async fn chart(&mut self, after: Option<RecordId>) -> Result<Vec<Value>, Fault> {
        let patient = self.record.id();
        let rows = store::after(&self.state.db, self.granted, patient, after, PAGE).await?;
        self.next = match rows.last() {
            Some(last) if rows.len() as u64 == PAGE => Next::Chart(Some(last.id)),
            _ => Next::Files,
        };
        let mut entries = Vec::with_capacity(rows.len());
        for mut row in rows {
            if !self.is_for_them(&row) {
                continue;
            }
            let given = |id: &Uuid| self.given.contains(id);
            row.encounter_id = row.encounter_id.filter(|id| given(&id.0));
            row.parent_id = row.parent_id.filter(|id| given(&id.0));
            row.appointment_id = row.appointment_id.filter(|id| given(&id.0));
            if row.kind != RecordKind::Vital {
                // Ids grow: what others are tied to was given out before them.
                self.given.insert(row.id.0);
            }
            let writer = match row.author_id.or(row.recorded_by) {
                Some(user) => self.writer(user).await?,
                None => None,
            };
            let written = fhir::record(self.record.face(), &self.state.vault, &row, writer)?;
            self.named.extend(written.doctors);
            let resources = written.resources.into_iter();
            entries.extend(resources.map(|resource| resource.entry("include")));
        }
        Ok(entries)
    }

    async fn files(&mut self) -> Result<Vec<Value>, Fault> {
        self.next = Next::Doctors;
        let files = &self.state.loaders.documents.of_patient;
        let rows = files.load(self.record.id()).await?.unwrap_or_default();
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            let content = Resource::DocumentContent(self.facts, stage(row));
            let is_theirs = || decide(&self.viewer, Action::Read, &content).is_allowed();
            if self.granted.relationship() != Relationship::OneSelf || is_theirs() {
                let detail = detail::open(self.record.face(), &self.state.vault, row)?;
                entries.push(fhir::document(row, &detail).entry("include"));
            }
        }
        Ok(entries)
    }

    /// Whether an entry is given out: to the patient what they may read, to others what is part of the record.
    fn is_for_them(&self, row: &chart_record::Model) -> bool {
        match self.granted.relationship() {
            Relationship::OneSelf => {
                let resource = resource_of(row, self.facts);
                decide(&self.viewer, Action::Read, &resource).is_allowed()
            }
            _ => row.kind != RecordKind::VisitNote || row.signed_at.is_some(),
        }
    }

    async fn writer(&mut self, user: UserId) -> Result<Option<Writer>, Fault> {
        if let Some(known) = self.writers.get(&user) {
            return Ok(*known);
        }
        let row = self.record.row();
        let writer = match row.user_id == Some(user) {
            true => Some(Writer::Patient(row.id)),
            false => {
                let doctor = self.state.loaders.charts.doctors.load(user).await?;
                doctor.map(|doctor| Writer::Doctor(doctor.id))
            }
        };
        self.writers.insert(user, writer);
        Ok(writer)
    }

    async fn doctors(&mut self) -> Result<Vec<Value>, Fault> {
        let mut entries = Vec::new();
        for id in std::mem::take(&mut self.named) {
            if let Some(row) = self.state.loaders.doctors.load(id).await? {
                let doctor = DoctorRecord::new(row);
                let name = doctor.name(&self.state.vault)?;
                entries.push(fhir::practitioner(doctor.row(), &name).entry("include"));
            }
        }
        Ok(entries)
    }
}

/// A hold that nobody confirmed never was there.
fn was_agreed(card: &Card) -> bool {
    card.row.status != AppointmentStatus::Pending
        && card.row.cancellation_reason != Some(CancellationReason::HoldExpired)
}
