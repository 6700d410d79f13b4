//! What is tried on charts.

use super::Expect::{self, Done, Refused, Stuck};
use super::{After, Tries, at};
use crate::oracle::cells::Deed;
use crate::oracle::chart::tried;
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
        _ => None,
    }
}

fn deed(kind: RecordKind) -> Deed {
    match kind {
        RecordKind::Vital => Deed::Measure,
        RecordKind::MedicationStatement => Deed::Tell,
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
                let may = self.world.does(who, deed(kind), patient, self.now);
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
            None => self.on_entry(who, changed(name), random),
        };
        let is_open = TELLING.contains(&name) || self.world.accounts[who].is(Roles::DOCTOR);
        let expect = match is_open {
            true => expect,
            false => Refused("FORBIDDEN"),
        };
        (input, expect, after)
    }

    /// A change of an entry of this kind, or that one of any kind should not be there.
    fn on_entry(
        &self,
        who: usize,
        kind: Option<RecordKind>,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let all = world.entries.iter().enumerate();
        let all = all.filter(|(_, one)| kind.is_none_or(|kind| one.kind == kind));
        let all: Vec<_> = all.map(|(at, _)| at).collect();
        // Now and then one of a patient whom they know.
        let near = all.iter().copied().filter(|at| {
            let columns = world.columns(who, world.entries[*at].patient, self.now);
            columns.len() > 1 || world.accounts[who].patient == Some(world.entries[*at].patient)
        });
        let near: Vec<_> = near.collect();
        let one = match near.is_empty() || random.below(3) == 0 {
            true => all[at(random, all.len())],
            false => near[at(random, near.len())],
        };
        let entry = &world.entries[one];
        let thing = Thing::Entry(entry.kind, one);
        let may = world.corrects(who, deed(entry.kind), one, self.now);
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
}
