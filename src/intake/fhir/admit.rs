//! Deciding, before anything is written, what of a bundle is new, what is here already and what cannot be taken; and
//! sealing what is new.

use super::bundle::{Bundle, Item};
use super::coverage::Insured;
use super::known::{Here, look_up, origin};
use super::report::{Kind, Report};
use super::{Known, person, source};
use crate::chart::sealed::SealedRecord;
use crate::chart::vital::VitalCode;
use crate::doctor::record::{self, DoctorRecord};
use crate::error::Fault;
use crate::fhir::{ImportedPatient, ImportedPractitioner, Reference};
use crate::patient;
use crate::patient::{PatientRecord, SealedPatient, token};
use crate::state::State;
use crate::vault::DataKey;
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{AppointmentId, DepartmentId, DoctorId, PanelId, PatientId};
use entity::{appointment as row, appointment_kind, chart_source, department};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Why an entry is not taken that has no address, and an id under which something else has come.
pub(super) const ANOTHERS: &str =
    "another patient's came under this id before; give the entry a fullUrl";

/// An appointment that occupies a time.
#[derive(Clone)]
pub(super) struct Live {
    /// Its place in the bundle.
    pub(super) at: u64,
    /// What it came of.
    pub(super) of: Kind,
    pub(super) row: row::Model,
}

/// What is to be written of a bundle.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) departments: Vec<department::Model>,
    pub(super) doctors: Vec<entity::doctor::Model>,
    pub(super) patients: Vec<SealedPatient>,
    /// Those that occupy no time any more.
    pub(super) past: Vec<row::Model>,
    /// Those that do.
    pub(super) live: Vec<Live>,
    /// What kinds of visits appointments are where they come from.
    pub(super) kinds: Vec<appointment_kind::Model>,
    /// What goes into charts.
    pub(super) records: Vec<SealedRecord>,
    /// Where each of those came from.
    pub(super) sources: Vec<chart_source::Model>,
    /// Who is who in this bundle; none where a name means two, or one who was refused.
    pub(super) names: HashMap<Reference, Option<Known>>,
}

/// Decides and seals.
pub(super) async fn admit(
    state: &State,
    before: &HashMap<Reference, Option<Known>>,
    bundle: Bundle,
    report: &mut Report,
) -> Result<Plan, Fault> {
    let mut admission = Admission {
        here: look_up(state, before, &bundle).await?,
        state,
        before,
        now: state.clock.now(),
        plan: Plan::default(),
        keys: HashMap::new(),
        new: HashMap::new(),
        new_doctors: HashMap::new(),
        linked: HashSet::new(),
        panels: HashMap::new(),
        base: bundle.base().map(str::to_owned),
        report,
    };
    let refused = bundle.refused.iter().cloned();
    admission
        .plan
        .names
        .extend(refused.map(|name| (name, None)));
    admission.departments(&bundle);
    admission.doctors(&bundle).await?;
    admission.patients(&bundle).await?;
    admission.bookings(&bundle).await?;
    for encounter in &bundle.encounters {
        admission.visit(encounter, &bundle).await?;
    }
    admission.records(&bundle).await?;
    Ok(admission.plan)
}

/// By what somebody is known again: the day of birth, the family name, the first given name.
type Likeness = (NaiveDate, String, Option<String>);

pub(super) struct Admission<'a> {
    pub(super) state: &'a State,
    before: &'a HashMap<Reference, Option<Known>>,
    /// The server that the bundle's entries lie on.
    base: Option<String>,
    pub(super) here: Here,
    pub(super) now: DateTime<Utc>,
    pub(super) plan: Plan,
    /// The keys of the patients that encounters are sealed under.
    keys: HashMap<PatientId, Arc<DataKey>>,
    /// Who is new: when they were born, and what they are called.
    new: HashMap<PatientId, Likeness>,
    /// What those doctors are called who are new.
    new_doctors: HashMap<DoctorId, String>,
    /// The appointments that visits of this bundle are of.
    pub(super) linked: HashSet<AppointmentId>,
    /// What was measured together, so far.
    pub(super) panels: HashMap<(PatientId, DateTime<Utc>), (PanelId, Vec<VitalCode>)>,
    pub(super) report: &'a mut Report,
}

impl Admission<'_> {
    pub(super) fn name<T>(&mut self, item: &Item<T>, who: Known) {
        for name in &item.names {
            let named = self.plan.names.entry(name.clone()).or_insert(Some(who));
            if *named != Some(who) {
                *named = None;
            }
        }
    }

    /// What this is called means nobody.
    pub(super) fn nobody<T>(&mut self, item: &Item<T>) {
        let names = item.names.iter().cloned();
        self.plan.names.extend(names.map(|name| (name, None)));
    }

    /// Whether an entry came under an address of its own, which no other has.
    pub(super) fn is_addressed<T>(item: &Item<T>) -> bool {
        matches!(item.names.first(), Some(Reference::Url(_)))
    }

    /// Whether whoever is here may be whom an entry is about. Under an address, whose servers may have put a day or a name right
    /// since, unless both differ: some give out addresses that others give out too. Without one only if both are alike.
    async fn may_be<T>(
        &self,
        id: PatientId,
        one: &Item<T>,
        said: &ImportedPatient,
    ) -> Result<bool, Fault> {
        let (born, family, given) = match self.new.get(&id) {
            Some(new) => new.clone(),
            None => {
                let row = self.state.loaders.patients.load(id).await?;
                let row = row.ok_or_else(|| Fault::internal("a patient has gone meanwhile"))?;
                let (record, vault) = (PatientRecord::new(row), &self.state.vault);
                let name = patient::record::name(record.face(), vault)?;
                let born = patient::record::birth_date(record.face(), vault)?;
                (born, name.family.clone(), name.given.first().cloned())
            }
        };
        let is_born_so = born == said.birth_date;
        let family = family == said.name.family;
        let given = given.as_ref() == said.name.given.first();
        Ok(match Self::is_addressed(one) {
            true => is_born_so || family && given,
            false => is_born_so && (family || given),
        })
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

    /// Whether a doctor who is here has the name of whom an entry without an address is about.
    async fn is_called(&self, id: DoctorId, said: &ImportedPractitioner) -> Result<bool, Fault> {
        if let Some(family) = self.new_doctors.get(&id) {
            return Ok(*family == said.name.family);
        }
        let row = self.state.loaders.doctors.load(id).await?;
        let row = row.ok_or_else(|| Fault::internal("a doctor has gone meanwhile"))?;
        let name = DoctorRecord::new(row).name(&self.state.vault)?;
        Ok(name.family == said.name.family)
    }

    async fn doctors(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        let zone = self.state.rules.zone.name();
        for one in &bundle.practitioners {
            let source = origin(one);
            let index = record::source_index(&self.state.vault, &source);
            if let Some(id) = self.here.doctors.get(&index).copied() {
                if Self::is_addressed(one) || self.is_called(id, &one.content).await? {
                    self.name(one, Known::Doctor(id));
                    self.report.known(Kind::Practitioner);
                } else {
                    self.nobody(one);
                    let why = "another's came under this id before; give the entry a fullUrl";
                    self.report.refuse(Kind::Practitioner.name(), one.at, why);
                }
                continue;
            }
            let id: DoctorId = self.state.clock.new_id();
            match person::doctor(&one.content, id, source, zone) {
                Ok(new) => {
                    self.plan
                        .doctors
                        .push(new.seal(&self.state.vault, self.now)?);
                    self.here.doctors.insert(index, id);
                    let family = one.content.name.family.clone();
                    self.new_doctors.insert(id, family);
                    self.name(one, Known::Doctor(id));
                    self.report.taken(Kind::Practitioner);
                }
                Err(why) => self.report.refuse(Kind::Practitioner.name(), one.at, why),
            }
        }
        Ok(())
    }

    async fn patients(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        let today = self.now.with_timezone(&self.state.rules.zone).date_naive();
        let mut insured = Insured::of(bundle);
        for one in &bundle.patients {
            let source = origin(one);
            let index = token::of_source(self.state.vault.index(), &source);
            if let Some(id) = self.here.patients.get(&index).copied() {
                let is_same = self.may_be(id, one, &one.content).await?;
                if is_same {
                    self.name(one, Known::Patient(id));
                    self.report.known(Kind::Patient);
                } else {
                    self.nobody(one);
                    self.report.refuse(Kind::Patient.name(), one.at, ANOTHERS);
                }
                continue;
            }
            let id: PatientId = self.state.clock.new_id();
            let checked = person::patient(&one.content, (id, source), today, one.at, self.report);
            let mut new = match checked {
                Ok(new) => new,
                Err(why) => {
                    self.nobody(one);
                    self.report.refuse(Kind::Patient.name(), one.at, why);
                    continue;
                }
            };
            let number = new.mrn.as_deref();
            let number = number.and_then(|mrn| token::of_mrn(self.state.vault.index(), mrn));
            if number.is_some_and(|number| !self.here.numbers.insert(number)) {
                let why = "medical record number belongs to another patient";
                self.nobody(one);
                self.report.refuse(Kind::Patient.name(), one.at, why);
                continue;
            }
            new.coverages = self.insurances(one, bundle, &mut insured);
            let sealed = new.seal(&self.state.vault, self.now)?;
            self.keys.insert(id, Arc::clone(&sealed.key));
            let name = &one.content.name;
            let given = name.given.first().cloned();
            let likeness = (one.content.birth_date, name.family.clone(), given);
            self.new.insert(id, likeness);
            self.plan.patients.push(sealed);
            self.here.patients.insert(index, id);
            self.name(one, Known::Patient(id));
            self.report.taken(Kind::Patient);
        }
        self.other_insurances(bundle, &insured).await
    }

    /// Whom a reference means; nobody where it means two, or one who was refused; none where it is not heard of.
    pub(super) fn who(&self, reference: &Reference) -> Option<Option<Known>> {
        if let Some(named) = self.plan.names.get(reference) {
            return Some(*named);
        }
        let meant = self.meant(reference);
        let named = self.plan.names.get(&meant).copied();
        named.or_else(|| self.before.get(&meant).copied())
    }

    /// The same on the server that the bundle's entries lie on.
    pub(super) fn meant(&self, reference: &Reference) -> Reference {
        reference.at(self.base.as_deref())
    }

    /// Where what a reference means came from, when it is not of this run; none when it might be another sender's.
    pub(super) fn source_of(&self, reference: &Reference) -> Option<String> {
        let meant = self.meant(reference);
        meant.is_global().then(|| source(&meant))
    }

    pub(super) fn patient_of(&self, reference: &Reference) -> Option<PatientId> {
        match self.who(reference) {
            Some(Some(Known::Patient(id))) => Some(id),
            Some(_) => None,
            None => {
                let source = self.source_of(reference)?;
                let index = token::of_source(self.state.vault.index(), &source);
                self.here.patients.get(&index).copied()
            }
        }
    }

    pub(super) fn doctor_of(&self, reference: &Reference) -> Option<DoctorId> {
        match self.who(reference) {
            Some(Some(Known::Doctor(id))) => Some(id),
            Some(_) => None,
            None => {
                let source = self.source_of(reference)?;
                let index = record::source_index(&self.state.vault, &source);
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
