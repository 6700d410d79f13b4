//! Deciding, before anything is written, what of a bundle is new, what is here already and what cannot be taken; and
//! sealing what is new.

use super::bundle::{Bundle, Item};
use super::report::{Kind, Report};
use super::{Known, person, source, visit};
use crate::doctor::record;
use crate::error::{Fault, Outcome};
use crate::fhir::{ImportedEncounter, Reference};
use crate::patient::{SealedPatient, token};
use crate::state::State;
use crate::vault::{DataKey, Place};
use crate::{appointment, doctor, patient};
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::code::Modality;
use entity::id::{AppointmentId, DepartmentId, DoctorId, PatientId};
use entity::{appointment as row, department};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

/// What is to be written of a bundle.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) departments: Vec<department::Model>,
    pub(super) doctors: Vec<entity::doctor::Model>,
    pub(super) patients: Vec<SealedPatient>,
    /// Those that occupy no time any more.
    pub(super) past: Vec<row::Model>,
    /// Those that do, with their places in the bundle.
    pub(super) live: Vec<(u64, row::Model)>,
    /// Who is who in this bundle.
    pub(super) names: HashMap<Reference, Known>,
}

/// What of a bundle is in the database already.
#[derive(Default)]
struct Here {
    departments: HashMap<String, DepartmentId>,
    doctors: HashMap<BlindIndex, DoctorId>,
    patients: HashMap<BlindIndex, PatientId>,
    visits: HashSet<BlindIndex>,
    numbers: HashSet<BlindIndex>,
}

/// What the look-up asks for.
#[derive(Clone, Default)]
struct Asked {
    departments: Vec<String>,
    doctors: Vec<BlindIndex>,
    patients: Vec<BlindIndex>,
    visits: Vec<BlindIndex>,
    numbers: Vec<BlindIndex>,
}

fn origin<T>(item: &Item<T>) -> String {
    item.names.first().map(source).unwrap_or_default()
}

fn visit_index(state: &State, item: &Item<ImportedEncounter>) -> BlindIndex {
    appointment::bulk::source_index(&state.vault, &origin(item))
}

/// Everybody in the bundle, and everybody its encounters name.
fn asked(state: &State, bundle: &Bundle) -> Asked {
    let vault = &state.vault;
    let mut doctors: HashSet<BlindIndex> = HashSet::new();
    let mut patients: HashSet<BlindIndex> = HashSet::new();
    doctors.extend(
        bundle
            .practitioners
            .iter()
            .map(|one| record::source_index(vault, &origin(one))),
    );
    patients.extend(
        bundle
            .patients
            .iter()
            .map(|one| token::of_source(vault.index(), &origin(one))),
    );
    for encounter in &bundle.encounters {
        let named = encounter.content.practitioners.iter();
        doctors.extend(named.map(|named| record::source_index(vault, &source(named))));
        patients.insert(token::of_source(
            vault.index(),
            &source(&encounter.content.subject),
        ));
    }
    let numbers = bundle
        .patients
        .iter()
        .filter_map(|one| one.content.mrn.as_ref());
    Asked {
        departments: bundle
            .organizations
            .iter()
            .map(|one| one.content.name.clone())
            .collect(),
        doctors: doctors.into_iter().collect(),
        patients: patients.into_iter().collect(),
        visits: bundle
            .encounters
            .iter()
            .map(|one| visit_index(state, one))
            .collect(),
        numbers: numbers
            .filter_map(|mrn| token::of_mrn(vault.index(), &mrn.value))
            .collect(),
    }
}

/// Looks up, in one transaction, what is here already.
async fn look_up(state: &State, asked: Asked) -> Result<Here, Fault> {
    let outcome: Outcome<Here, Infallible> = state
        .db
        .write(move |tx| {
            let asked = asked.clone();
            Box::pin(async move {
                let mut numbers = HashSet::new();
                for number in asked.numbers {
                    if patient::store::mrn_taken(tx, &number).await? {
                        numbers.insert(number);
                    }
                }
                Ok(Ok(Here {
                    departments: doctor::store::departments_by_names(tx, asked.departments).await?,
                    doctors: doctor::store::by_sources(tx, asked.doctors).await?,
                    patients: patient::store::by_sources(tx, asked.patients).await?,
                    visits: appointment::bulk::known_sources(tx, asked.visits).await?,
                    numbers,
                }))
            })
        })
        .await;
    let Ok(here) = outcome?;
    Ok(here)
}

/// Decides and seals.
pub(super) async fn admit(
    state: &State,
    before: &HashMap<Reference, Known>,
    bundle: Bundle,
    report: &mut Report,
) -> Result<Plan, Fault> {
    let mut admission = Admission {
        here: look_up(state, asked(state, &bundle)).await?,
        state,
        before,
        now: state.clock.now(),
        plan: Plan::default(),
        keys: HashMap::new(),
        report,
    };
    admission.departments(&bundle);
    admission.doctors(&bundle)?;
    admission.patients(&bundle)?;
    for encounter in &bundle.encounters {
        admission.visit(encounter).await?;
    }
    Ok(admission.plan)
}

struct Admission<'a> {
    state: &'a State,
    before: &'a HashMap<Reference, Known>,
    here: Here,
    now: DateTime<Utc>,
    plan: Plan,
    /// The keys of the patients that encounters are sealed under.
    keys: HashMap<PatientId, Arc<DataKey>>,
    report: &'a mut Report,
}

impl Admission<'_> {
    fn name<T>(&mut self, item: &Item<T>, who: Known) {
        let names = item.names.iter().cloned();
        self.plan.names.extend(names.map(|name| (name, who)));
    }

    fn departments(&mut self, bundle: &Bundle) {
        for one in &bundle.organizations {
            let name = &one.content.name;
            if patient::input::line(name, patient::input::LONGEST_LINE).as_ref() != Ok(name) {
                self.report
                    .refuse(Kind::Organization.name(), one.at, "name is too long");
            } else if self.here.departments.contains_key(name) {
                self.report.known(Kind::Organization);
            } else {
                let id: DepartmentId = self.state.clock.new_id();
                self.here.departments.insert(name.clone(), id);
                let name = name.clone();
                self.plan.departments.push(department::Model { id, name });
                self.report.taken(Kind::Organization);
            }
        }
    }

    fn doctors(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        let zone = self.state.rules.zone.name();
        for one in &bundle.practitioners {
            let source = origin(one);
            let index = record::source_index(&self.state.vault, &source);
            if let Some(id) = self.here.doctors.get(&index).copied() {
                self.name(one, Known::Doctor(id));
                self.report.known(Kind::Practitioner);
                continue;
            }
            let id: DoctorId = self.state.clock.new_id();
            match person::doctor(&one.content, id, source, zone) {
                Ok(new) => {
                    self.plan
                        .doctors
                        .push(new.seal(&self.state.vault, self.now)?);
                    self.here.doctors.insert(index, id);
                    self.name(one, Known::Doctor(id));
                    self.report.taken(Kind::Practitioner);
                }
                Err(why) => self.report.refuse(Kind::Practitioner.name(), one.at, why),
            }
        }
        Ok(())
    }

    fn patients(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        let today = self.now.with_timezone(&self.state.rules.zone).date_naive();
        for one in &bundle.patients {
            let source = origin(one);
            let index = token::of_source(self.state.vault.index(), &source);
            if let Some(id) = self.here.patients.get(&index).copied() {
                self.name(one, Known::Patient(id));
                self.report.known(Kind::Patient);
                continue;
            }
            let id: PatientId = self.state.clock.new_id();
            let checked = person::patient(&one.content, (id, source), today, one.at, self.report);
            let new = match checked {
                Ok(new) => new,
                Err(why) => {
                    self.report.refuse(Kind::Patient.name(), one.at, why);
                    continue;
                }
            };
            let number = new.mrn.as_deref();
            let number = number.and_then(|mrn| token::of_mrn(self.state.vault.index(), mrn));
            if number.is_some_and(|number| !self.here.numbers.insert(number)) {
                let why = "medical record number belongs to another patient";
                self.report.refuse(Kind::Patient.name(), one.at, why);
                continue;
            }
            let sealed = new.seal(&self.state.vault, self.now)?;
            self.keys.insert(id, Arc::clone(&sealed.key));
            self.plan.patients.push(sealed);
            self.here.patients.insert(index, id);
            self.name(one, Known::Patient(id));
            self.report.taken(Kind::Patient);
        }
        Ok(())
    }

    fn who(&self, reference: &Reference) -> Option<Known> {
        self.plan
            .names
            .get(reference)
            .or_else(|| self.before.get(reference))
            .copied()
    }

    fn patient_of(&self, reference: &Reference) -> Option<PatientId> {
        match self.who(reference) {
            Some(Known::Patient(id)) => Some(id),
            Some(Known::Doctor(_)) => None,
            None => {
                let index = token::of_source(self.state.vault.index(), &source(reference));
                self.here.patients.get(&index).copied()
            }
        }
    }

    fn doctor_of(&self, reference: &Reference) -> Option<DoctorId> {
        match self.who(reference) {
            Some(Known::Doctor(id)) => Some(id),
            Some(Known::Patient(_)) => None,
            None => {
                let index = record::source_index(&self.state.vault, &source(reference));
                self.here.doctors.get(&index).copied()
            }
        }
    }

    async fn visit(&mut self, one: &Item<ImportedEncounter>) -> Result<(), Fault> {
        let index = visit_index(self.state, one);
        if self.here.visits.contains(&index) {
            self.report.known(Kind::Encounter);
            return Ok(());
        }
        let encounter = &one.content;
        let who = self
            .patient_of(&encounter.subject)
            .ok_or("subject names no patient who is here")
            .and_then(|patient| {
                let named = encounter.practitioners.first();
                let named = named.ok_or("participant names no practitioner")?;
                let doctor = self.doctor_of(named);
                Ok((
                    patient,
                    doctor.ok_or("participant names no practitioner who is here")?,
                ))
            });
        let decided = who.and_then(|who| Ok((who, visit::status(encounter, self.now)?)));
        let ((patient, doctor), (status, cancellation_reason)) = match decided {
            Ok(decided) => decided,
            Err(why) => {
                self.report.refuse(Kind::Encounter.name(), one.at, why);
                return Ok(());
            }
        };
        let id: AppointmentId = self.state.clock.new_id();
        let reason = match visit::reason(encounter) {
            None => None,
            Some(reason) => {
                let place = Place::new("appointment", "reason", id.0);
                Some(self.key_of(patient).await?.seal(place, &reason)?)
            }
        };
        let row = row::Model {
            id,
            patient_id: patient,
            doctor_id: doctor,
            visit_type_id: None,
            starts_at: encounter.starts_at,
            ends_at: encounter.ends_at,
            zone: self.state.rules.zone.name().to_owned(),
            modality: Modality::InPerson,
            status,
            confirmed_at: None,
            reason,
            cancellation_reason,
            replaces_id: None,
            source_index: Some(index.clone()),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            recorded_by: None,
            blocked_from: encounter.starts_at,
            blocked_until: encounter.ends_at,
            group_key: id.0,
            seat: 0,
            hold_expires_at: None,
            series_id: None,
            occurrence: None,
        };
        self.here.visits.insert(index);
        if status.is_live() {
            self.plan.live.push((one.at, row));
        } else {
            self.plan.past.push(row);
            self.report.taken(Kind::Encounter);
        }
        Ok(())
    }

    /// The patient's key: from this bundle, or out of the row that is here already.
    async fn key_of(&mut self, patient: PatientId) -> Result<Arc<DataKey>, Fault> {
        if let Some(key) = self.keys.get(&patient) {
            return Ok(Arc::clone(key));
        }
        let row = self.state.loaders.patients.load(patient).await?;
        let row = row.ok_or_else(|| Fault::internal("a patient has gone meanwhile"))?;
        let key = self.state.vault.open_key(patient.0, &row.data_key)?;
        self.keys.insert(patient, Arc::clone(&key));
        Ok(key)
    }
}
