//! Who works at a sample clinic, and in which department. Knows no patient.

use chrono_tz::Tz;

use super::DEMO;
use super::calendar::{Span, after, before};
use super::dice::Dice;
use super::model::{Coding, Department, Doctor, Gender, Licence};
use super::names::{Mailboxes, NameBook};
use super::specialties::{SPECIALTIES, Specialty, of_doctor};

/// The doctors, and the departments they work in, in order of first mention.
pub(super) fn doctors(
    dice: &mut Dice,
    count: usize,
    span: Span,
    zone: Tz,
) -> (Vec<Department>, Vec<Doctor>) {
    let names = NameBook::open();
    let mut mailboxes = Mailboxes::default();
    let mut departments: Vec<Department> = Vec::new();
    let mut doctors = Vec::with_capacity(count);
    for place in 0..count {
        let specialty = &SPECIALTIES[of_doctor(place)];
        let department = departments
            .iter()
            .position(|known| known.name == specialty.department)
            .unwrap_or_else(|| {
                departments.push(Department {
                    name: specialty.department,
                });
                departments.len() - 1
            });
        let origin = names.origin(dice);
        let gender = if dice.chance(52) {
            Gender::Female
        } else {
            Gender::Male
        };
        let given = names.given(dice, origin, gender).to_owned();
        let family = names.family(dice, origin);
        doctors.push(Doctor {
            email: mailboxes.claim(&given, &family, "clinic.example"),
            given,
            family,
            prefix: if dice.chance(6) { "Prof. Dr." } else { "Dr." },
            specialties: specialties(dice, specialty),
            licence: Licence {
                // Multiplied by a number that shares no divisor with the range: distinct, yet not in a row.
                number: format!("MD{:06}", 200_000 + place * 7_919 % 700_000),
                authority: "State Medical Board of Massachusetts",
                valid_from: before(span.today, dice.between(200, 7_000)),
                valid_to: after(span.last, dice.between(30, 1_500)),
            },
            department,
            zone,
            // Those of a demonstration do, so that booking with them can be shown.
            accepts_new_patients: place < DEMO || dice.chance(75),
        });
    }
    (departments, doctors)
}

/// The doctor's own specialty; for some who are asked, internal medicine beside it, which they trained in first.
fn specialties(dice: &mut Dice, own: &Specialty) -> Vec<Coding> {
    let coding = |specialty: &Specialty| Coding {
        system: "http://snomed.info/sct",
        code: specialty.code,
        display: specialty.display,
    };
    let mut codings = vec![coding(own)];
    let internal = &SPECIALTIES[3];
    if !own.leads && own.ages.0 >= 18 && dice.chance(40) {
        codings.push(coding(internal));
    }
    codings
}
