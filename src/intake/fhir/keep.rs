//! Sealing what goes into charts, and noting where it came from.

use super::admit::Admission;
use super::bundle::Item;
use super::content::Reading;
use super::known::entry_index;
use super::report::Kind;
use super::told::Told;
use crate::chart::content::Content;
use crate::chart::provenance::Agent;
use crate::chart::sealed::{NewRecord, SealedRecord};
use crate::chart::service::MOST_OF_A_KIND;
use crate::chart::store::source::Kept;
use crate::error::Fault;
use crate::fhir::{ImportedConcept, ImportedRecord, Reference, Said};
use entity::chart_source;
use entity::code::{RecordKind, RecordSource, RecordStatus};
use entity::id::PatientId;
use std::collections::{HashMap, HashSet};

impl Admission<'_> {
    /// Remarks that what stands here was entered in error where it comes from, since it was taken: somebody should look.
    pub(super) fn retracted_there(
        &mut self,
        (kind, at): (Kind, u64),
        here: Kept,
        is_in_error: bool,
    ) {
        if is_in_error && here.stands {
            let what = "was entered in error where it comes from, and stands here as it is";
            self.report.note(kind, at, what);
        }
    }

    /// What entries are read by that mention no others.
    pub(super) fn reading(&self) -> Reading<'static> {
        Reading {
            zone: self.state.rules.zone,
            now: self.now,
            terms: None,
            others: HashSet::new(),
            notes: Vec::new(),
        }
    }

    /// What entries are read by.
    pub(super) fn reading_with<'b>(
        &self,
        terms: &'b HashMap<Reference, ImportedConcept>,
    ) -> Reading<'b> {
        Reading {
            terms: Some(terms),
            ..self.reading()
        }
    }

    /// What others than the patient are called among those who had to do with an entry.
    pub(super) fn others(&self, record: &ImportedRecord, patient: PatientId) -> HashSet<Reference> {
        let performers = match &record.said {
            Said::Observation(said) => said.performers.as_slice(),
            Said::Report(said) => said.performers.as_slice(),
            Said::Order(said) => said.performers.as_slice(),
            _ => &[],
        };
        let named = performers.iter().filter_map(|one| one.reference.as_ref());
        let others = named.filter(|one| self.patient_of(one).is_some_and(|who| who != patient));
        others.cloned().collect()
    }

    /// Whether the chart has as many of this kind as are kept. Vital signs are read a page at a time, and have no end.
    pub(super) fn is_full(&self, patient: PatientId, kind: RecordKind) -> bool {
        let count = self.here.counts.get(&(patient, kind));
        kind != RecordKind::Vital && count.is_some_and(|count| *count >= MOST_OF_A_KIND)
    }

    pub(super) fn new_record<C>(
        &self,
        patient: PatientId,
        content: C,
        source: RecordSource,
    ) -> NewRecord<C> {
        NewRecord {
            id: self.state.clock.new_id(),
            version: self.state.clock.new_id(),
            patient,
            content,
            source,
            recorded_by: None,
        }
    }

    /// Sealed under the patient's key.
    pub(super) async fn seal<C: Content>(
        &mut self,
        patient: PatientId,
        content: C,
        source: RecordSource,
    ) -> Result<SealedRecord, Fault> {
        let key = self.key_of(patient).await?;
        Ok(self
            .new_record(patient, content, source)
            .seal(&key, self.now)?)
    }

    /// To be written, with where it came from and who had to do with it; those are not said again who are `named` in it.
    pub(super) async fn keep<T>(
        &mut self,
        one: &Item<T>,
        mut sealed: SealedRecord,
        (told, named): (Told<'_>, fn(&Agent) -> bool),
    ) -> Result<(), Fault> {
        let kept = kept(&sealed);
        let provenance = self.provenance(one, kept.patient, &told, named);
        let key = self.key_of(kept.patient).await?;
        sealed.record.provenance = Some(provenance.seal(&key, kept.id)?);
        *self
            .here
            .counts
            .entry((kept.patient, kept.kind))
            .or_default() += 1;
        self.came_from(one, kept);
        self.plan.records.push(sealed);
        Ok(())
    }

    /// An entry came from there, too.
    pub(super) fn came_from<T>(&mut self, one: &Item<T>, kept: Kept) {
        let source_index = entry_index(self.state, one);
        self.here.entries.insert(source_index.clone(), kept);
        self.plan.sources.push(chart_source::Model {
            source_index,
            record_id: kept.id,
        });
    }
}

/// What an entry is recognised as.
pub(super) fn kept(sealed: &SealedRecord) -> Kept {
    let row = &sealed.record;
    Kept {
        stands: row.status != RecordStatus::EnteredInError,
        ..Kept::new(row.id, row.patient_id, row.kind)
    }
}
