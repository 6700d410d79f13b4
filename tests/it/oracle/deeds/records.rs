//! What is tried on records: demographics, insurances, care teams.

use super::Expect::{self, Done, Refused, Told};
use super::{After, Tries, at};
use crate::oracle::cells::Deed;
use crate::oracle::world::Thing;
use crate::support::Random;
use entity::code::Confidentiality;

impl Tries<'_> {
    pub(super) fn on_record(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let (patient, _) = self.pair(who, random);
        let id = world.id(Thing::Patient(patient));
        let version = world.patients[patient].version;
        let does = |deed| world.does(who, deed, patient, self.now);
        let thing = Thing::Patient(patient);
        let digits = 10_000 + random.below(89_999);
        match name {
            "updatePatient" if random.below(2) == 0 => {
                let phone = format!("+37257{digits}");
                let input = format!(
                    "id: \"{id}\" expectedVersion: {version} contact: {{ phone: \"{phone}\" }}"
                );
                (
                    input,
                    self.on(who, thing, does(Deed::ChangeContact), &[]),
                    After::Phone(patient, phone),
                )
            }
            "updatePatient" => {
                let input =
                    format!("id: \"{id}\" expectedVersion: {version} bloodGroup: A_POSITIVE");
                let expect = match self.on(who, thing, does(Deed::ChangeRecord), &[]) {
                    Refused("FORBIDDEN") if does(Deed::ChangeContact) => Told("FIELD_NOT_YOURS"),
                    expect => expect,
                };
                (input, expect, After::Blood(patient))
            }
            "setPatientConfidentiality" => {
                let level = *random.pick(&[Confidentiality::Normal, Confidentiality::Restricted]);
                let spelled = if level == Confidentiality::Normal {
                    "NORMAL"
                } else {
                    "RESTRICTED"
                };
                let input =
                    format!("id: \"{id}\" expectedVersion: {version} confidentiality: {spelled}");
                let expect = match does(Deed::SetSensitivity) {
                    true => Done(&[]),
                    false => Refused("FORBIDDEN"),
                };
                (input, expect, After::Sensitivity(patient, level))
            }
            "addCoverage" => {
                let number = format!("NEW-{digits}");
                let input =
                    format!("patientId: \"{id}\" payer: \"Mutual 9\" memberNumber: \"{number}\"");
                (
                    input,
                    self.on(who, thing, does(Deed::ChangeCoverage), &[]),
                    After::Noted(patient, number),
                )
            }
            _ => self.on_coverage(who, name, random),
        }
    }

    pub(super) fn on_coverage(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let all = world.things().into_iter();
        let all: Vec<_> = all
            .filter_map(|thing| match thing {
                Thing::Coverage(patient, at) => Some((patient, at)),
                _ => None,
            })
            .collect();
        // Every other time of somebody whom they are, meet or have met.
        let (near, own) = (world.met_by(who), world.accounts[who].patient);
        let theirs = |one: &&(usize, usize)| near.contains(&one.0) || own == Some(one.0);
        let some: Vec<_> = all.iter().filter(theirs).copied().collect();
        let (patient, at) = match some.is_empty() || random.below(2) == 0 {
            true => *random.pick(&all),
            false => *random.pick(&some),
        };
        let thing = Thing::Coverage(patient, at);
        let may = world.does(who, Deed::ChangeCoverage, patient, self.now);
        let expect = self.on(who, thing, may, &[]);
        let version = world.patients[patient].coverages[at].version;
        let input = format!("id: \"{}\" expectedVersion: {version}", world.id(thing));
        match name {
            "removeCoverage" => (input, expect, After::Removed(patient, at)),
            _ => {
                let number = format!("OTH-{}", 10_000 + random.below(89_999));
                let input = format!("{input} memberNumber: \"{number}\"");
                (input, expect, After::Number(patient, at, number))
            }
        }
    }

    pub(super) fn on_team(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let only_staff = |expect| match self.is_staff(who) {
            true => expect,
            false => Refused("FORBIDDEN"),
        };
        if name == "addCareTeamMember" {
            let (patient, doctor) = self.pair(who, random);
            let may = world.does(who, Deed::ChangeTeam, patient, self.now);
            let input = format!(
                "patientId: \"{}\" doctorId: \"{}\" role: CONSULTING",
                world.id(Thing::Patient(patient)),
                world.id(Thing::Doctor(doctor))
            );
            return (
                input,
                only_staff(self.on(who, Thing::Patient(patient), may, &["ALREADY_MEMBER"])),
                After::Nothing,
            );
        }
        let member = at(random, world.members.len());
        let patient = world.members[member].patient;
        let may = world.does(who, Deed::ChangeTeam, patient, self.now);
        let input = format!(
            "id: \"{}\" expectedVersion: {}",
            world.id(Thing::Member(member)),
            world.members[member].version
        );
        (
            input,
            only_staff(self.on(who, Thing::Member(member), may, &["ALREADY_ENDED"])),
            After::Nothing,
        )
    }
}
