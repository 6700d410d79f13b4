//! Deciding what becomes of the entries of charts, and sealing those that are new. What was found together becomes one result:
//! a report takes in the observations that it names, but for vital signs, which are entries of their own.

use super::Known;
use super::admit::{ANOTHERS, Admission};
use super::bundle::{Bundle, Item};
use super::gather::{Gathered, Loose, Turn, lines};
use super::keep::kept;
use super::known::entry_index;
use super::report::Kind;
use super::told::Told;
use super::vital::{Sign, sign};
use super::words::{IN_ERROR, Why, joined, remark, why};
use crate::chart::content::{Content, note, past};
use crate::chart::sealed::{SealedRecord, Ties};
use crate::chart::store::source::{Kept, source_index};
use crate::chart::vital::Vital;
use crate::error::Fault;
use crate::fhir::{ImportedObservation, ImportedRecord, Reference, Said, mentioned};
use crate::patient::input::At as _;
use entity::code::{RecordKind, RecordSource, RecordStatus};
use entity::id::{PanelId, PatientId, RecordId};

/// Why nothing more goes into a chart.
pub(super) const FULL: &str = "the chart has as many of this kind as are kept";

/// An entry that is made of what came, and the places of what it takes in.
type Decided = (SealedRecord, Vec<usize>);

fn kind(said: &Said) -> Kind {
    match said {
        Said::Condition(_) => Kind::Condition,
        Said::Allergy(_) => Kind::AllergyIntolerance,
        Said::MedicationRequest(_) => Kind::MedicationRequest,
        Said::MedicationStatement(_) => Kind::MedicationStatement,
        Said::Immunization(_) => Kind::Immunization,
        Said::Observation(_) => Kind::Observation,
        Said::Report(_) => Kind::DiagnosticReport,
        Said::Plan(_) => Kind::CarePlan,
        Said::Order(_) => Kind::ServiceRequest,
        Said::Note(_) => Kind::Composition,
    }
}

impl Admission<'_> {
    /// What goes into charts: reports first, for they take observations in.
    pub(super) async fn records(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        let mut loose = Loose::of(bundle);
        // What others are tied to comes first, then what takes others in.
        for turn in [Turn::Tied, Turn::Gathers, Turn::Rest] {
            for (place, one) in bundle.records.iter().enumerate() {
                if !loose.used.contains(&place) && Turn::of(&one.content.said) == turn {
                    loose.used.insert(place);
                    self.record(one, bundle, &mut loose).await?;
                }
            }
        }
        Ok(())
    }

    async fn record(
        &mut self,
        one: &Item<ImportedRecord>,
        bundle: &Bundle,
        loose: &mut Loose<'_>,
    ) -> Result<(), Fault> {
        let kind = kind(&one.content.said);
        let known = self
            .here
            .entries
            .get(&entry_index(self.state, one))
            .copied();
        let patient = self.patient_of(&one.content.subject);
        if let Some(known) = known {
            match Self::is_addressed(one) || patient == Some(known.patient) {
                true => {
                    self.report.known(kind);
                    let is_in_error = is_in_error(&one.content.said);
                    self.retracted_there((kind, one.at), known, is_in_error);
                }
                false => self.report.refuse(kind.name(), one.at, ANOTHERS),
            }
            return Ok(());
        }
        let Some(patient) = patient else {
            let why = "subject names no patient who is here";
            self.report.refuse(kind.name(), one.at, why);
            return Ok(());
        };
        let decided = self.decide((one, patient), bundle, loose).await?;
        match decided {
            Ok(None) => self.report.passed(kind.name()),
            Ok(Some((sealed, places))) => {
                self.name(one, Known::Entry(kept(&sealed)));
                self.take_in(&sealed, &places, bundle, loose);
                let told = Told::of(one, &places, bundle);
                self.keep(one, sealed, (told, |_| false)).await?;
                self.report.taken(kind);
            }
            Err(why) => self.report.refuse(kind.name(), one.at, why),
        }
        Ok(())
    }

    /// The entry that is made of it, and the places of the observations that it takes in; none when there is nothing in it that
    /// is not an entry of its own.
    async fn decide(
        &mut self,
        (one, patient): (&Item<ImportedRecord>, PatientId),
        bundle: &Bundle,
        loose: &Loose<'_>,
    ) -> Result<Result<Option<Decided>, Why>, Fault> {
        let record = &one.content;
        let mut reading = self.reading_with(&bundle.terms);
        reading.others = self.others(record, patient);
        let clinic = RecordSource::Clinic;
        let result = match &record.said {
            Said::Condition(said) => {
                let content = crate::accept!(reading.condition(record, said));
                self.sealed(one, patient, content, clinic, reading.notes)
                    .await?
            }
            Said::Allergy(said) => {
                let content = crate::accept!(reading.allergy(record, said));
                self.sealed(one, patient, content, clinic, reading.notes)
                    .await?
            }
            Said::MedicationRequest(said) => {
                let content = crate::accept!(reading.request(record, said));
                self.sealed(one, patient, content, clinic, reading.notes)
                    .await?
            }
            Said::MedicationStatement(said) => {
                let content = crate::accept!(reading.statement(record, said));
                let own = said.told_by.as_ref() == Some(&record.subject);
                let (word, notes) = (word(own), reading.notes);
                self.sealed(one, patient, content, word, notes).await?
            }
            Said::Immunization(said) => {
                let content = crate::accept!(reading.immunization(record, said));
                self.sealed(one, patient, content, clinic, reading.notes)
                    .await?
            }
            Said::Plan(said) => {
                let note = crate::accept!(reading.plan(record, said));
                let began = reading.instant(said.from.as_ref());
                let sealed = self
                    .sealed(one, patient, note, clinic, reading.notes)
                    .await?;
                sealed.map(|mut sealed| {
                    sealed.record.effective_at = began.unwrap_or(sealed.record.effective_at);
                    if_final_signed(sealed)
                })
            }
            Said::Order(said) => {
                let content = crate::accept!(reading.order(record, said));
                self.sealed(one, patient, content, clinic, reading.notes)
                    .await?
            }
            Said::Note(said) => {
                let content = crate::accept!(reading.note(said));
                let sealed = self
                    .sealed(one, patient, content, clinic, reading.notes)
                    .await?;
                let added_to = said.appends.as_ref();
                let parent = added_to.and_then(|named| self.entry_of(named, patient));
                sealed.map(|mut sealed| {
                    let note = parent.filter(|kept| kept.kind == RecordKind::VisitNote);
                    sealed.record.parent_id = note.map(|kept| kept.id);
                    if_final_signed(sealed)
                })
            }
            Said::Report(said) => {
                let results = (
                    patient,
                    said.results.as_slice(),
                    said.status,
                    &said.effective,
                );
                let gathered = self.gather(results, bundle, loose, one.at);
                let taken = (gathered.found, lines(gathered.remarks));
                let content = crate::accept!(reading.report(record, said, taken));
                let notes = reading.notes;
                let sealed = self.sealed(one, patient, content, clinic, notes).await?;
                return Ok(sealed.map(|sealed| Some((sealed, gathered.places))));
            }
            Said::Observation(said) => {
                if let Some(sign) = sign(said) {
                    let sign = crate::accept!(sign);
                    return self.vital((one, patient), said, sign).await;
                }
                let mut found = reading.found(said);
                let panel = !said.members.is_empty();
                let mut gathered = Gathered::default();
                if panel {
                    let members = (
                        patient,
                        said.members.as_slice(),
                        said.status,
                        &said.effective,
                    );
                    gathered = self.gather(members, bundle, loose, one.at);
                    found.append(&mut gathered.found);
                    if found.is_empty() {
                        return Ok(Ok(None));
                    }
                }
                let content = crate::accept!(reading.result(record, said, found));
                let notes = reading.notes;
                let sealed = self.sealed(one, patient, content, clinic, notes).await?;
                return Ok(sealed.map(|sealed| Some((sealed, gathered.places))));
            }
        };
        Ok(result.map(|sealed| Some((sealed, Vec::new()))))
    }

    async fn vital(
        &mut self,
        (one, patient): (&Item<ImportedRecord>, PatientId),
        said: &ImportedObservation,
        sign: Sign,
    ) -> Result<Result<Option<Decided>, Why>, Fault> {
        let reading = self.reading();
        let when = said.effective.as_ref().or(said.issued.as_ref());
        let at = reading
            .instant(when)
            .ok_or("effectiveDateTime is missing or not exact enough");
        let at = crate::accept!(at.map_err(Why::from));
        let past = past(at, self.now).at("effectiveDateTime");
        let measured_at = crate::accept!(past.map_err(|invalid| why(&invalid)));
        let text = joined([sign.called, sign.beside, one.content.note.clone()]);
        let note = note(text.as_ref()).at("note");
        let note = crate::accept!(note.map_err(|invalid| why(&invalid)));
        let mut notes = Vec::new();
        if matches!(said.status, "amended" | "corrected") {
            notes.push("amended and corrected vital signs are final ones");
        }
        let in_error = said.status == IN_ERROR;
        let vital = Vital {
            code: sign.code,
            status: match in_error {
                true => RecordStatus::EnteredInError,
                false => RecordStatus::Final,
            },
            measured: sign.measured,
            given: sign.given,
            measured_at,
            derived: said.derived,
            note,
        };
        let (vault, code) = (&self.state.vault, sign.code);
        let key = self.key_of(patient).await?;
        let new = self.new_record(
            patient,
            vital,
            word(mentioned(&said.performers, &one.content.subject)),
        );
        let clock = &self.state.clock;
        let panel = self
            .panels
            .entry((patient, at))
            .or_insert_with(|| (clock.new_id(), Vec::new()));
        if panel.1.contains(&code) {
            // The same was measured twice: another set.
            *panel = (clock.new_id(), Vec::new());
        }
        panel.1.push(code);
        let panel: PanelId = panel.0;
        let sealed = new.seal_in(panel, vault.index(), &key, self.now)?;
        remark(self.report, Kind::Observation, one.at, notes);
        Ok(Ok(Some((sealed, Vec::new()))))
    }

    /// The same, sealed; tied to its visit where it can be.
    async fn sealed<C: Content>(
        &mut self,
        one: &Item<ImportedRecord>,
        patient: PatientId,
        content: C,
        word: RecordSource,
        notes: Vec<&'static str>,
    ) -> Result<Result<SealedRecord, Why>, Fault> {
        if self.is_full(patient, C::KIND) {
            return Ok(Err(FULL.into()));
        }
        let dated = content.effective_at().is_some();
        let mut sealed = self.seal(patient, content, word).await?;
        let recorded = self.reading().instant(one.content.recorded.as_ref());
        if let (false, Some(recorded)) = (dated, recorded.filter(|at| *at <= self.now)) {
            sealed.record.effective_at = recorded;
        }
        if C::IS_OF_VISITS {
            let named = one.content.encounter.as_ref();
            let visit = named.and_then(|named| self.visit_of(named, patient));
            if named.is_some() && visit.is_none() {
                let what = "encounter names no visit that is here, and is left out";
                self.report.note(kind(&one.content.said), one.at, what);
            }
            let ordered = one.content.based_on.as_ref();
            let order = ordered.and_then(|named| self.entry_of(named, patient));
            let order = order.filter(|kept| kept.kind == RecordKind::Order);
            let ties = Ties {
                encounter: visit,
                parent: order.map(|kept| kept.id),
                appointment: None,
            };
            sealed = sealed.tied(None, ties);
            if one.content.shared {
                sealed = sealed.shared();
            }
        }
        remark(self.report, kind(&one.content.said), one.at, notes);
        Ok(Ok(sealed))
    }

    /// The visit in this chart that is meant.
    fn visit_of(&self, named: &Reference, patient: PatientId) -> Option<RecordId> {
        let kept = self.entry_of(named, patient)?;
        (kept.kind == RecordKind::Encounter).then_some(kept.id)
    }

    /// The entry of this chart that is meant.
    fn entry_of(&self, named: &Reference, patient: PatientId) -> Option<Kept> {
        let kept = match self.who(named) {
            Some(Some(Known::Entry(kept))) => kept,
            Some(_) => return None,
            None => {
                let source = self.source_of(named)?;
                let index = source_index(&self.state.vault, &source);
                *self.here.entries.get(&index)?
            }
        };
        (kept.patient == patient).then_some(kept)
    }
}

/// What is final was signed where it comes from, and so was what was entered in error: drafts are not sent.
fn if_final_signed(sealed: SealedRecord) -> SealedRecord {
    match sealed.record.status {
        RecordStatus::Final | RecordStatus::EnteredInError => {
            let mut sealed = sealed.signed();
            // When it was written, as far as that is told: not when it was taken in.
            let told = sealed.record.effective_at.min(sealed.record.created_at);
            sealed.record.signed_at = Some(told);
            sealed
        }
        _ => sealed,
    }
}

/// Whether it was entered in error where it comes from.
fn is_in_error(said: &Said) -> bool {
    let status = match said {
        Said::Condition(said) => said.verification.unwrap_or_default(),
        Said::Allergy(said) => said.verification.unwrap_or_default(),
        Said::MedicationRequest(said) => said.status,
        Said::MedicationStatement(said) => said.status,
        Said::Immunization(said) => said.status,
        Said::Observation(said) => said.status,
        Said::Report(said) => said.status,
        Said::Plan(said) => said.status,
        Said::Order(said) => said.status,
        Said::Note(said) => said.status,
    };
    status == IN_ERROR
}

/// Whose word something is.
fn word(is_theirs: bool) -> RecordSource {
    match is_theirs {
        true => RecordSource::Patient,
        false => RecordSource::Clinic,
    }
}
