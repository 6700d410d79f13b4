//! Deciding, before anything is written, what of a bundle is new, what is here already and what cannot be taken; and
//! sealing what is new.

use super::bundle::{Bundle, Item};
use super::known::{Here, look_up, origin};
use super::report::{Kind, Report};
use super::{Known, person, source};
use crate::chart::sealed::SealedRecord;
use crate::chart::vital::VitalCode;
use crate::doctor::record;
use crate::error::Fault;
use crate::fhir::Reference;
use crate::patient;
use crate::patient::{SealedPatient, token};
use crate::state::State;
use crate::vault::DataKey;
use chrono::{DateTime, Utc};
use entity::id::{DepartmentId, DoctorId, PanelId, PatientId};
use entity::{appointment as row, chart_source, department};
use std::collections::HashMap;
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
    /// What goes into charts.
    pub(super) records: Vec<SealedRecord>,
    /// Where each of those came from.
    pub(super) sources: Vec<chart_source::Model>,
    /// Who is who in this bundle.
    pub(super) names: HashMap<Reference, Known>,
}

/// Decides and seals.
pub(super) async fn admit(
    state: &State,
    before: &HashMap<Reference, Known>,
    bundle: Bundle,
    report: &mut Report,
) -> Result<Plan, Fault> {
    let mut admission = Admission {
        here: look_up(state, &bundle).await?,
        state,
        before,
        now: state.clock.now(),
        plan: Plan::default(),
        keys: HashMap::new(),
        panels: HashMap::new(),
        report,
    };
    admission.departments(&bundle);
    admission.doctors(&bundle)?;
    admission.patients(&bundle)?;
    for encounter in &bundle.encounters {
        admission.visit(encounter).await?;
    }
    admission.records(&bundle).await?;
    Ok(admission.plan)
}

pub(super) struct Admission<'a> {
    pub(super) state: &'a State,
    before: &'a HashMap<Reference, Known>,
    pub(super) here: Here,
    pub(super) now: DateTime<Utc>,
    pub(super) plan: Plan,
    /// The keys of the patients that encounters are sealed under.
    keys: HashMap<PatientId, Arc<DataKey>>,
    /// What was measured together, so far.
    pub(super) panels: HashMap<(PatientId, DateTime<Utc>), (PanelId, Vec<VitalCode>)>,
    pub(super) report: &'a mut Report,
}

impl Admission<'_> {
    pub(super) fn name<T>(&mut self, item: &Item<T>, who: Known) {
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

    pub(super) fn who(&self, reference: &Reference) -> Option<Known> {
        self.plan
            .names
            .get(reference)
            .or_else(|| self.before.get(reference))
            .copied()
    }

    pub(super) fn patient_of(&self, reference: &Reference) -> Option<PatientId> {
        match self.who(reference) {
            Some(Known::Patient(id)) => Some(id),
            Some(Known::Doctor(_) | Known::Entry(_)) => None,
            None => {
                let index = token::of_source(self.state.vault.index(), &source(reference));
                self.here.patients.get(&index).copied()
            }
        }
    }

    pub(super) fn doctor_of(&self, reference: &Reference) -> Option<DoctorId> {
        match self.who(reference) {
            Some(Known::Doctor(id)) => Some(id),
            Some(Known::Patient(_) | Known::Entry(_)) => None,
            None => {
                let index = record::source_index(&self.state.vault, &source(reference));
                self.here.doctors.get(&index).copied()
            }
        }
    }

    /// The patient's key: from this bundle, or out of the row that is here already.
    pub(super) async fn key_of(&mut self, patient: PatientId) -> Result<Arc<DataKey>, Fault> {
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
