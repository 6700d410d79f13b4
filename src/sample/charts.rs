//! What stands in the charts of a sample clinic: problems, allergies, what is taken against them, vaccines, and vital signs of
//! the last year. Plausible, and nobody's.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::calendar::before;
use super::dice::Dice;
use super::model::{
    Allergy, AllergyCategory, Chart, Coding, Condition, Immunization, Medication, Patient, Vitals,
};

const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const CVX: &str = "http://hl7.org/fhir/sid/cvx";

const fn code(system: &'static str, code: &'static str, display: &'static str) -> Coding {
    Coding {
        system,
        code,
        display,
    }
}

/// Something that many have: what, from which age on, how many in a hundred, and what is taken against it.
struct Problem {
    is: Coding,
    from: i64,
    percent: usize,
    taken: Option<(Coding, &'static str)>,
}

/// High blood pressure comes first: it shows in the vital signs.
const PROBLEMS: [Problem; 7] = [
    Problem {
        is: code(SNOMED, "38341003", "Hypertensive disorder"),
        from: 40,
        percent: 32,
        taken: Some((
            code(RXNORM, "314076", "lisinopril 10 MG Oral Tablet"),
            "One tablet in the morning",
        )),
    },
    Problem {
        is: code(SNOMED, "44054006", "Diabetes mellitus type 2"),
        from: 40,
        percent: 12,
        taken: Some((
            code(
                RXNORM,
                "860975",
                "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet",
            ),
            "One tablet with the evening meal",
        )),
    },
    Problem {
        is: code(SNOMED, "55822004", "Hyperlipidemia"),
        from: 35,
        percent: 20,
        taken: Some((
            code(RXNORM, "312961", "simvastatin 20 MG Oral Tablet"),
            "One tablet at night",
        )),
    },
    Problem {
        is: code(SNOMED, "195967001", "Asthma"),
        from: 5,
        percent: 9,
        taken: Some((
            code(
                RXNORM,
                "745679",
                "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
            ),
            "Two puffs when short of breath",
        )),
    },
    Problem {
        is: code(SNOMED, "239873007", "Osteoarthritis of knee"),
        from: 50,
        percent: 14,
        taken: Some((
            code(RXNORM, "313782", "acetaminophen 325 MG Oral Tablet"),
            "Two tablets up to three times a day",
        )),
    },
    Problem {
        is: code(SNOMED, "37796009", "Migraine"),
        from: 15,
        percent: 8,
        taken: None,
    },
    Problem {
        is: code(SNOMED, "24079001", "Atopic dermatitis"),
        from: 0,
        percent: 6,
        taken: None,
    },
];

/// To what, of which kind, and what happens.
const ALLERGIES: [(Coding, AllergyCategory, &str); 5] = [
    (
        code(SNOMED, "91936005", "Allergy to penicillin"),
        AllergyCategory::Medication,
        "Rash",
    ),
    (
        code(SNOMED, "91935009", "Allergy to peanut"),
        AllergyCategory::Food,
        "Swelling of the lips",
    ),
    (
        code(SNOMED, "300913006", "Allergy to shellfish"),
        AllergyCategory::Food,
        "Hives",
    ),
    (
        code(SNOMED, "418689008", "Allergy to grass pollen"),
        AllergyCategory::Environment,
        "Sneezing",
    ),
    (
        code(SNOMED, "232350006", "Allergy to house dust mite"),
        AllergyCategory::Environment,
        "Itching eyes",
    ),
];

/// What some take without a doctor's order.
const OF_THEIR_OWN: [Coding; 2] = [
    code(RXNORM, "310965", "ibuprofen 200 MG Oral Tablet"),
    code(RXNORM, "849574", "naproxen sodium 220 MG Oral Tablet"),
];

/// Each autumn's.
const INFLUENZA: Coding = code(
    CVX,
    "140",
    "Influenza, seasonal, injectable, preservative free",
);
const TETANUS: Coding = code(CVX, "113", "Td (adult), preservative free");

/// A year, in days.
const YEAR: i64 = 365;

/// What stands in each patient's chart, with vital signs of so many visits.
pub(super) fn charts(
    dice: &mut Dice,
    patients: &[Patient],
    visits: usize,
    (now, today): (DateTime<Utc>, NaiveDate),
) -> Vec<Chart> {
    patients
        .iter()
        .map(|patient| chart(dice, patient, visits, now, today))
        .collect()
}

fn chart(
    dice: &mut Dice,
    patient: &Patient,
    visits: usize,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Chart {
    let lived = (today - patient.birth_date).num_days();
    let age = lived / YEAR;
    // Never before they were born, and at least yesterday.
    let ago = |dice: &mut Dice, most: i64| before(today, dice.between(1, most.min(lived).max(1)));
    let mut conditions = Vec::new();
    let mut medications = Vec::new();
    let mut has_high_pressure = false;
    for (place, problem) in PROBLEMS.iter().enumerate() {
        if age < problem.from || !dice.chance(problem.percent) {
            continue;
        }
        has_high_pressure |= place == 0;
        let since = ago(dice, (age - problem.from + 1) * YEAR);
        conditions.push(Condition {
            is: problem.is.clone(),
            since,
        });
        medications.extend(problem.taken.clone().map(|(is, dosage)| Medication {
            is,
            dosage: Some(dosage),
            reason: Some(problem.is.display),
            since,
            own_word: false,
        }));
    }
    if age >= 16 && dice.chance(15) {
        medications.push(Medication {
            is: dice.pick(&OF_THEIR_OWN).clone(),
            dosage: None,
            reason: None,
            since: ago(dice, 2 * YEAR),
            own_word: true,
        });
    }
    let mut allergies = Vec::new();
    if dice.chance(28) {
        let (is, category, reaction) = dice.pick(&ALLERGIES).clone();
        allergies.push(Allergy {
            is,
            category,
            reaction,
            severe: dice.chance(12),
            since: ago(dice, 20 * YEAR),
        });
    }
    let mut immunizations = Vec::new();
    if age >= 1 && dice.chance(60) {
        immunizations.push(Immunization {
            is: INFLUENZA,
            on: ago(dice, YEAR),
        });
    }
    if age >= 18 && dice.chance(70) {
        immunizations.push(Immunization {
            is: TETANUS,
            on: ago(dice, 10 * YEAR),
        });
    }
    Chart {
        conditions,
        allergies,
        medications,
        immunizations,
        vitals: vitals(dice, (age, has_high_pressure), visits, now, lived),
    }
}

/// Vital signs of so many visits in the last year, the oldest first.
fn vitals(
    dice: &mut Dice,
    (age, has_high_pressure): (i64, bool),
    visits: usize,
    now: DateTime<Utc>,
    lived: i64,
) -> Vec<Vitals> {
    let height = height(dice, age);
    let usual = weight(dice, age, height);
    let span = (YEAR - 1).min(lived - 2).max(1);
    let days = (0..visits).map(|_| dice.between(1, span));
    let mut days: Vec<_> = days.collect();
    days.sort_by_key(|day| std::cmp::Reverse(*day));
    days.dedup();
    let taken = days.into_iter().map(|day| {
        let systolic = match (age, has_high_pressure) {
            (..18, _) => 88 + 2 * age + dice.between(-6, 8),
            (_, true) => dice.between(128, 158),
            (_, false) => dice.between(102, 136),
        };
        let beats = match age {
            ..1 => dice.between(110, 150),
            1..6 => dice.between(90, 125),
            6..13 => dice.between(72, 105),
            _ => dice.between(56, 92),
        };
        Vitals {
            at: now - TimeDelta::days(day) - TimeDelta::minutes(dice.between(0, 400)),
            // A cuff for the very small is not at hand.
            pressure: (age >= 3).then(|| (systolic, systolic * 60 / 100 + dice.between(2, 10))),
            heart_rate: beats,
            weight_in_grams: usual + usual * dice.between(-15, 15) / 1000,
            height_in_centimetres: height,
            own_word: age >= 16 && dice.chance(20),
        }
    });
    taken.collect()
}

/// In centimetres: to 18 as growth charts have it, roughly; then as adults are.
fn height(dice: &mut Dice, age: i64) -> i64 {
    match age {
        ..1 => dice.between(56, 72),
        1..3 => 66 + 9 * age + dice.between(0, 6),
        3..18 => 76 + 6 * age + dice.between(-4, 6),
        _ => dice.between(152, 192),
    }
}

/// In grams: for adults, of a body mass index from 19 to 34.
fn weight(dice: &mut Dice, age: i64, height: i64) -> i64 {
    let index = match age {
        ..1 => dice.between(150, 185),
        1..18 => dice.between(145, 210),
        _ => dice.between(190, 340),
    };
    // An index in tenths, centimetres squared: a tenth of a gram each hundred.
    index * height * height / 100
}
