//! What is tried on charts.

use super::Expect::{self, Done, Refused, Stuck};
use super::{After, Tries, at};
use crate::oracle::cells::Deed;
use crate::oracle::chart::tried;
use crate::oracle::visits::{Stage, is_of_visits};
use crate::oracle::world::Thing;
use crate::support::Random;
use entity::code::{RecordKind, RecordStatus, Roles};

/// The verbs of the chart that doctors alone have.
pub const TREATING: &[&str] = &[
    "recordCondition",
    "updateCondition",
    "recordAllergy",
    "updateAllergy",
    "requestMedication",
    "updateMedicationRequest",
    "recordImmunization",
    "updateImmunization",
    "recordEncounter",
    "updateEncounter",
    "recordVisitNote",
    "updateVisitNote",
    "signVisitNote",
    "addVisitNoteAddendum",
    "placeOrder",
    "updateOrder",
    "recordTestResult",
    "updateTestResult",
    "shareWithPatient",
];
/// The verbs of the chart that patients have too.
pub const TELLING: &[&str] = &[
    "stateMedication",
    "updateMedicationStatement",
    "recordVitals",
    "enterInError",
];

/// What a verb makes, and what it gives beside whose it is.
fn made(name: &str) -> Option<(RecordKind, String)> {
    let of = |kind, field: &str, rest: &str| {
        let text = tried(kind);
        Some((kind, format!("{field}: {{ text: \"{text}\" }} {rest}")))
    };
    match name {
        "recordCondition" => of(RecordKind::Condition, "code", "status: ACTIVE"),
        "recordAllergy" => of(RecordKind::Allergy, "substance", "status: ACTIVE"),
        "requestMedication" => of(
            RecordKind::MedicationRequest,
            "medication",
            "status: ACTIVE",
        ),
        "stateMedication" => of(
            RecordKind::MedicationStatement,
            "medication",
            "status: ACTIVE",
        ),
        "recordImmunization" => of(
            RecordKind::Immunization,
            "vaccine",
            "status: COMPLETED occurredAt: \"2020-02-02T10:00:00Z\"",
        ),
        "recordVitals" => {
            let rate = tried(RecordKind::Vital);
            Some((RecordKind::Vital, format!("heartRate: {rate}")))
        }
        "recordEncounter" => of(
            RecordKind::Encounter,
            "reason",
            "status: FINISHED class: AMBULATORY",
        ),
        "recordVisitNote" => {
            let text = tried(RecordKind::VisitNote);
            Some((RecordKind::VisitNote, format!("text: \"{text}\"")))
        }
        "placeOrder" => of(
            RecordKind::Order,
            "code",
            "status: ACTIVE category: LABORATORY priority: ROUTINE",
        ),
        "recordTestResult" => of(RecordKind::TestResult, "code", "status: FINAL"),
        _ => None,
    }
}

/// What a verb changes; of any kind, if none.
fn changed(name: &str) -> Option<RecordKind> {
    match name {
        "updateCondition" => Some(RecordKind::Condition),
        "updateAllergy" => Some(RecordKind::Allergy),
        "updateMedicationRequest" => Some(RecordKind::MedicationRequest),
        "updateMedicationStatement" => Some(RecordKind::MedicationStatement),
        "updateImmunization" => Some(RecordKind::Immunization),
        "updateEncounter" => Some(RecordKind::Encounter),
        "updateOrder" => Some(RecordKind::Order),
        "updateTestResult" => Some(RecordKind::TestResult),
        "updateVisitNote" | "signVisitNote" | "addVisitNoteAddendum" => Some(RecordKind::VisitNote),
        _ => None,
    }
}

fn deed(kind: RecordKind) -> Deed {
    match kind {
        RecordKind::Vital => Deed::Measure,
        RecordKind::MedicationStatement => Deed::Tell,
        _ if is_of_visits(kind) => Deed::Own,
        _ => Deed::Treat,
    }
}

impl Tries<'_> {
    pub(super) fn on_chart(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let (input, expect, after) = match made(name) {
            Some((kind, rest)) => {
                let (patient, _) = self.pair(who, random);
                let deed = match deed(kind) {
                    Deed::Own => Deed::Treat,
                    deed => deed,
                };
                let may = self.world.does(who, deed, patient, self.now);
                let id = self.world.id(Thing::Patient(patient));
                // Whoever takes something already is not ordered it again.
                let unless: &'static [&'static str] = match name {
                    "requestMedication" => &["SAFETY_CONFLICT"],
                    _ => &[],
                };
                let expect = self.on(who, Thing::Patient(patient), may, unless);
                (
                    format!("patientId: \"{id}\" {rest}"),
                    expect,
                    After::Nothing,
                )
            }
            None => self.on_entry(who, name, random),
        };
        let is_open = TELLING.contains(&name) || self.world.accounts[who].is(Roles::DOCTOR);
        let expect = match is_open {
            true => expect,
            false => Refused("FORBIDDEN"),
        };
        (input, expect, after)
    }

    /// A change of an entry of the kind that the verb changes, or of any kind.
    fn on_entry(&self, who: usize, name: &str, random: &mut Random) -> (String, Expect, After) {
        let (world, kind) = (self.world, changed(name));
        let fits = |of| match name {
            "shareWithPatient" => is_of_visits(of),
            _ => kind.is_none_or(|kind| of == kind),
        };
        let all = world.entries.iter().enumerate();
        let all = all.filter(|(_, one)| fits(one.kind));
        let all: Vec<_> = all.map(|(at, _)| at).collect();
        // Now and then one of a patient whom they know, or one of their own.
        let near = all.iter().copied().filter(|at| {
            let columns = world.columns(who, world.entries[*at].patient, self.now);
            columns.len() > 1 || world.accounts[who].patient == Some(world.entries[*at].patient)
        });
        let near: Vec<_> = near.collect();
        let own = near.iter().copied();
        let own: Vec<_> = own
            .filter(|at| world.entries[*at].visit.author == Some(who))
            .collect();
        let one = match (near.is_empty() || random.below(3) == 0, own.is_empty()) {
            (true, _) => all[at(random, all.len())],
            (_, false) if random.below(2) == 0 => own[at(random, own.len())],
            _ => near[at(random, near.len())],
        };
        let entry = &world.entries[one];
        let thing = Thing::Entry(entry.kind, one);
        if is_of_visits(entry.kind) && name != "enterInError" {
            return self.on_visit(who, name, one, random);
        }
        let may = match deed(entry.kind) {
            Deed::Own => world.works_on(who, Deed::Own, one, self.now),
            deed => world.corrects(who, deed, one, self.now),
        };
        let input = format!(
            "id: \"{}\" expectedVersion: {}",
            world.id(thing),
            entry.version
        );
        let expect = match self.on(who, thing, may, &[]) {
            Done(_) if entry.status == RecordStatus::EnteredInError => Stuck(match kind {
                None => &["ALREADY_IN_ERROR"],
                Some(_) => &["ENTERED_IN_ERROR"],
            }),
            expect => expect,
        };
        match kind {
            None => (input, expect, After::Nothing),
            Some(_) => {
                let note = format!("note of {}", 10_000 + random.below(89_999));
                let input = format!("{input} note: \"{note}\"");
                (input, expect, After::Remarked(one, note))
            }
        }
    }

    /// A change of what is done at a visit.
    fn on_visit(
        &self,
        who: usize,
        name: &str,
        one: usize,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let entry = &world.entries[one];
        let thing = Thing::Entry(entry.kind, one);
        let id = world.id(thing);
        let version = format!("id: \"{id}\" expectedVersion: {}", entry.version);
        let (void, stage) = (
            entry.status == RecordStatus::EnteredInError,
            entry.visit.stage,
        );
        let remark = format!("note of {}", 10_000 + random.below(89_999));
        let share = random.below(3) > 0;
        let is_draft = stage == Stage::Draft;
        let (deed, input, stuck): (_, _, Option<&'static str>) = match name {
            "signVisitNote" => (
                Deed::Sign,
                version,
                match (void, is_draft) {
                    (true, _) => Some("ENTERED_IN_ERROR"),
                    (_, false) => Some("ALREADY_SIGNED"),
                    _ => None,
                },
            ),
            "addVisitNoteAddendum" => (
                Deed::Amend,
                format!("id: \"{id}\" text: \"{}\"", tried(entry.kind)),
                match (void, is_draft) {
                    (true, _) => Some("ENTERED_IN_ERROR"),
                    (_, true) => Some("NOT_SIGNED"),
                    _ => None,
                },
            ),
            "shareWithPatient" => (
                Deed::Own,
                format!("{version} shared: {share}"),
                match (stage == Stage::Shared) == share {
                    true => Some("ALREADY_SO"),
                    false if share && void => Some("ENTERED_IN_ERROR"),
                    false if share && is_draft => Some("NOT_FINAL"),
                    false => None,
                },
            ),
            "updateVisitNote" => (
                Deed::Own,
                format!("{version} title: \"{remark}\""),
                match (void, is_draft) {
                    (true, _) => Some("ENTERED_IN_ERROR"),
                    (_, false) => Some("SIGNED"),
                    _ => None,
                },
            ),
            // What was final says what the change is.
            "updateTestResult" => (
                Deed::Own,
                format!("{version} status: AMENDED note: \"{remark}\""),
                void.then_some("ENTERED_IN_ERROR"),
            ),
            _ => (
                Deed::Own,
                format!("{version} note: \"{remark}\""),
                void.then_some("ENTERED_IN_ERROR"),
            ),
        };
        let may = world.works_on(who, deed, one, self.now);
        let expect = match (self.on(who, thing, may, &[]), stuck) {
            (Done(_), Some(code)) => Stuck(match code {
                "ENTERED_IN_ERROR" => &["ENTERED_IN_ERROR"],
                "ALREADY_SIGNED" => &["ALREADY_SIGNED"],
                "NOT_SIGNED" => &["NOT_SIGNED"],
                "ALREADY_SO" => &["ALREADY_SO"],
                "NOT_FINAL" => &["NOT_FINAL"],
                _ => &["SIGNED"],
            }),
            (expect, _) => expect,
        };
        let after = match name.starts_with("update") {
            true => After::Remarked(one, remark),
            false => After::Nothing,
        };
        (input, expect, after)
    }
}
