//! Who cares for whom at a sample clinic. Knows no appointment.

use super::DEMO;
use super::calendar::{Span, after, before};
use super::dice::Dice;
use super::model::{CareRole, CareTeamMember, Gender, Patient};
use super::specialties::{SPECIALTIES, of_doctor};

/// Who cares for whom: one doctor leads, and with age more are asked.
pub(super) fn care_team(
    dice: &mut Dice,
    doctors: usize,
    patients: &[Patient],
    span: Span,
) -> Vec<CareTeamMember> {
    let mut team = Vec::with_capacity(patients.len() * 3);
    for (patient, person) in patients.iter().enumerate() {
        let age = span.today.years_since(person.birth_date).unwrap_or(0);
        let sees = |doctor: &usize| {
            let specialty = &SPECIALTIES[of_doctor(*doctor)];
            (specialty.ages.0..=specialty.ages.1).contains(&age)
                && (!specialty.women_only || person.gender == Gender::Female)
        };
        let mut chosen: Vec<usize> = Vec::with_capacity(4);
        if patient < DEMO {
            chosen.extend(0..DEMO.min(doctors));
        } else {
            chosen.extend(leader(dice, doctors, age, sees));
        }
        let asked = match age {
            ..18 => dice.below(2),
            18..50 => dice.below(3),
            _ => 1 + dice.below(3),
        };
        for _ in 0..asked {
            let open = |doctor: usize| !chosen.contains(&doctor) && sees(&doctor);
            let weights = (0..doctors).map(|doctor| {
                if open(doctor) {
                    SPECIALTIES[of_doctor(doctor)].demand
                } else {
                    0
                }
            });
            let next = dice.weighted(weights);
            // Weights may all be zero; then the draw says nothing.
            if open(next) && !SPECIALTIES[of_doctor(next)].leads {
                chosen.push(next);
            }
        }
        for (place, doctor) in chosen.into_iter().enumerate() {
            let role = if place == 0 {
                CareRole::Primary
            } else {
                CareRole::Consulting
            };
            let recent = patient >= DEMO && dice.chance(30);
            let from = if recent {
                // Began while the diary was already being kept: the first visit is in it.
                after(
                    span.first,
                    dice.between(0, (span.today - span.first).num_days() - 1),
                )
            } else {
                before(span.first, dice.between(30, 3_600))
            };
            team.push(CareTeamMember {
                doctor,
                patient,
                role,
                from: from.max(after(person.birth_date, 3)),
            });
        }
    }
    team
}

/// Who leads the care of someone of this age: children mostly go to those who see only children, and the old to those
/// who see only them.
fn leader(
    dice: &mut Dice,
    doctors: usize,
    age: u32,
    sees: impl Fn(&usize) -> bool,
) -> Option<usize> {
    let leads = |doctor: &usize| SPECIALTIES[of_doctor(*doctor)].leads && sees(doctor);
    let own_age = |doctor: &usize| {
        SPECIALTIES[of_doctor(*doctor)].ages != (0, 120) && !(18..68).contains(&age)
    };
    let fitting: Vec<usize> = (0..doctors).filter(leads).collect();
    let preferred: Vec<usize> = fitting.iter().copied().filter(own_age).collect();
    let choice = if !preferred.is_empty() && dice.chance(70) {
        &preferred
    } else {
        &fitting
    };
    (!choice.is_empty()).then(|| *dice.pick(choice))
}
