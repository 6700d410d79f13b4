//! Insurances: they come with a patient who is new. Those of a patient who is here are left as they are.

use super::admit::Admission;
use super::bundle::{Bundle, Item};
use super::report::Kind;
use super::words::{Why, line, why};
use crate::error::Fault;
use crate::fhir::{ImportedCoverage, ImportedPatient, Reference};
use crate::patient::cells::{CoverageDetail, Validity};
use crate::patient::sealed::NewCoverage;
use crate::patient::{PatientRecord, input, record};
use entity::id::PatientId;
use std::collections::{HashMap, HashSet};

/// Which insurances of a bundle are whose.
pub(super) struct Insured<'a> {
    of: HashMap<&'a Reference, Vec<&'a Item<ImportedCoverage>>>,
    /// What two patients are called.
    vague: HashSet<&'a Reference>,
    /// The places of those that went with a patient.
    pub(super) gone: HashSet<u64>,
}

impl<'a> Insured<'a> {
    pub(super) fn of(bundle: &'a Bundle) -> Self {
        let mut of: HashMap<&Reference, Vec<_>> = HashMap::new();
        for one in &bundle.coverages {
            of.entry(&one.content.beneficiary).or_default().push(one);
        }
        let (mut once, mut vague) = (HashSet::new(), HashSet::new());
        for name in bundle.patients.iter().flat_map(|one| &one.names) {
            if !once.insert(name) {
                vague.insert(name);
            }
        }
        let gone = HashSet::new();
        Self { of, vague, gone }
    }
}

impl Admission<'_> {
    /// The insurances of a patient who is new.
    pub(super) fn insurances(
        &mut self,
        one: &Item<ImportedPatient>,
        bundle: &Bundle,
        insured: &mut Insured<'_>,
    ) -> Vec<NewCoverage> {
        let names = one
            .names
            .iter()
            .filter(|name| !insured.vague.contains(name));
        let own: Vec<_> = names
            .filter_map(|name| insured.of.get(name))
            .flatten()
            .collect();
        let mut coverages = Vec::new();
        for item in own {
            if !insured.gone.insert(item.at) {
                continue;
            }
            match self.insurance(&item.content, bundle) {
                Ok(coverage) => {
                    coverages.push(coverage);
                    self.report.taken(Kind::Coverage);
                }
                Err(why) => self.report.refuse(Kind::Coverage.name(), item.at, why),
            }
        }
        coverages
    }

    /// What is left of them: those of patients who are here, and of nobody.
    pub(super) async fn other_insurances(
        &mut self,
        bundle: &Bundle,
        insured: &Insured<'_>,
    ) -> Result<(), Fault> {
        for one in &bundle.coverages {
            if insured.gone.contains(&one.at) {
                continue;
            }
            let why = match self.patient_of(&one.content.beneficiary) {
                None => "beneficiary names no patient who is here",
                Some(patient) if self.is_insured(patient, &one.content, bundle).await? => {
                    self.report.known(Kind::Coverage);
                    continue;
                }
                Some(_) => "beneficiary is here already; an insurance more is noted here by hand",
            };
            self.report.refuse(Kind::Coverage.name(), one.at, why);
        }
        Ok(())
    }

    /// Whether a patient who is here has this insurance.
    async fn is_insured(
        &self,
        patient: PatientId,
        said: &ImportedCoverage,
        bundle: &Bundle,
    ) -> Result<bool, Fault> {
        let Ok(new) = self.insurance(said, bundle) else {
            return Ok(false);
        };
        let Some(row) = self.state.loaders.patients.load(patient).await? else {
            // New with this bundle, under another of its names.
            return Ok(false);
        };
        let record = PatientRecord::new(row);
        let rows = self.state.loaders.coverages.load(patient).await?;
        for row in rows.iter().flat_map(|rows| rows.iter()) {
            let detail = record::coverage(record.face(), &self.state.vault, row)?;
            let holds = (row.valid_from, row.valid_to);
            if detail == new.detail && holds == (new.validity.from, new.validity.to) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn insurance(&self, said: &ImportedCoverage, bundle: &Bundle) -> Result<NewCoverage, Why> {
        let payers = self.reading_with(&bundle.terms).names(&said.payors);
        let detail = CoverageDetail {
            payer: line(&payers.join(", ")),
            member_number: line(&said.member_number),
            plan: said.plan.as_deref().map(line),
        };
        let validity = Validity {
            from: said.from,
            to: said.until,
        };
        Ok(NewCoverage {
            id: self.state.clock.new_id(),
            detail: input::coverage(&detail).map_err(|invalid| why(&invalid))?,
            validity: input::validity(validity).map_err(|invalid| why(&invalid))?,
        })
    }
}
