//! Who comes to a sample clinic. Knows no doctor.

use chrono::{Datelike, NaiveDate};

use super::DEMO;
use super::calendar::before;
use super::dice::Dice;
use super::model::{
    BloodGroup, ContactChannel, Coverage, EmergencyContact, Gender, PartOfDay, Patient, Preferences,
};
use super::names::{Mailboxes, NameBook, Origin};
use super::places::{PhoneBook, address};

/// The patients.
pub(super) fn patients(dice: &mut Dice, count: usize, today: NaiveDate) -> Vec<Patient> {
    let names = NameBook::open();
    let phones = PhoneBook::open();
    let mut mailboxes = Mailboxes::default();
    let offset = dice.below(9_000_000);
    (0..count)
        .map(|place| {
            let origin = names.origin(dice);
            let gender = gender(dice);
            let age = if place < DEMO {
                dice.between(28, 66)
            } else {
                age(dice)
            };
            // Ten days at least: a newborn has left the maternity ward before the first appointment.
            let birth_date = before(today, age * 365 + age / 4 + dice.between(10, 360));
            let given = names.given(dice, origin, gender).to_owned();
            let family = names.family(dice, origin);
            let language = names.language(dice, origin);
            let has_email =
                place < DEMO || (age >= 13 && dice.chance(if age < 75 { 94 } else { 60 }));
            let email = has_email.then(|| mailboxes.claim(&given, &family, "mail.example"));
            Patient {
                mrn: mrn(1_000_000 + (offset + place * 7_919) % 9_000_000),
                birth_date,
                gender,
                blood_group: dice.chance(85).then(|| blood_group(dice)),
                phone: phones.number(place),
                address: address(dice),
                emergency_contacts: contacts(
                    dice,
                    &names,
                    &phones,
                    origin,
                    &family,
                    (age, place < DEMO),
                ),
                coverage: coverage(dice, today, birth_date, age),
                language,
                preferences: preferences(dice, language, email.is_some()),
                email,
                given,
                family,
            }
        })
        .collect()
}

fn gender(dice: &mut Dice) -> Gender {
    const WEIGHTS: [(u32, Gender); 4] = [
        (522, Gender::Female),
        (463, Gender::Male),
        (10, Gender::Other),
        (5, Gender::Unknown),
    ];
    WEIGHTS[dice.weighted(WEIGHTS.iter().map(|(weight, _)| *weight))].1
}

/// Years of age: more of the small and the old than a census has, since they see doctors more often.
fn age(dice: &mut Dice) -> i64 {
    const BANDS: [(u32, i64, i64); 7] = [
        (7, 0, 4),
        (13, 5, 17),
        (13, 18, 29),
        (19, 30, 44),
        (25, 45, 64),
        (16, 65, 79),
        (7, 80, 97),
    ];
    let (_, youngest, oldest) = BANDS[dice.weighted(BANDS.iter().map(|(weight, ..)| *weight))];
    // Of the very old there are fewer with each year.
    let first = dice.between(youngest, oldest);
    if youngest < 80 {
        first
    } else {
        first.min(dice.between(youngest, oldest))
    }
}

/// In per mille, as in the north-east of the United States.
fn blood_group(dice: &mut Dice) -> BloodGroup {
    const WEIGHTS: [(u32, BloodGroup); 8] = [
        (385, BloodGroup::OPositive),
        (330, BloodGroup::APositive),
        (100, BloodGroup::BPositive),
        (35, BloodGroup::AbPositive),
        (62, BloodGroup::ONegative),
        (60, BloodGroup::ANegative),
        (20, BloodGroup::BNegative),
        (8, BloodGroup::AbNegative),
    ];
    WEIGHTS[dice.weighted(WEIGHTS.iter().map(|(weight, _)| *weight))].1
}

/// Appends the Luhn check digit, with which a front desk catches a mistyped number.
fn mrn(number: usize) -> String {
    let mut left = number;
    let mut sum = 0;
    let mut doubled = true;
    while left > 0 {
        let digit = left % 10 * if doubled { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
        doubled = !doubled;
        left /= 10;
    }
    format!("{number}{}", (10 - sum % 10) % 10)
}

fn contacts(
    dice: &mut Dice,
    names: &NameBook,
    phones: &PhoneBook,
    origin: Origin,
    family: &str,
    (age, demo): (i64, bool),
) -> Vec<EmergencyContact> {
    const GUARDIANS: [(Gender, &str); 5] = [
        (Gender::Female, "Mother"),
        (Gender::Male, "Father"),
        (Gender::Female, "Mother"),
        (Gender::Female, "Grandmother"),
        (Gender::Unknown, "Legal guardian"),
    ];
    const OTHERS: [(Gender, &str); 9] = [
        (Gender::Unknown, "Spouse"),
        (Gender::Unknown, "Spouse"),
        (Gender::Unknown, "Partner"),
        (Gender::Female, "Mother"),
        (Gender::Male, "Father"),
        (Gender::Female, "Sister"),
        (Gender::Male, "Brother"),
        (Gender::Unknown, "Friend"),
        (Gender::Unknown, "Neighbor"),
    ];
    const CHILDREN: [(Gender, &str); 4] = [
        (Gender::Female, "Daughter"),
        (Gender::Male, "Son"),
        (Gender::Female, "Daughter-in-law"),
        (Gender::Unknown, "Neighbor"),
    ];
    let kin: &[(Gender, &str)] = match age {
        ..18 => &GUARDIANS,
        18..65 => &OTHERS,
        _ => &CHILDREN,
    };
    let count = match dice.below(10) {
        0 if age >= 18 && !demo => 0,
        0..=6 => 1,
        _ => 2,
    };
    let mut contacts: Vec<EmergencyContact> = Vec::with_capacity(count);
    for _ in 0..count {
        let (gender, relationship) = *dice.pick(kin);
        if contacts
            .iter()
            .any(|known| known.relationship == relationship)
        {
            continue;
        }
        let stranger = matches!(
            relationship,
            "Friend" | "Neighbor" | "Daughter-in-law" | "Legal guardian"
        );
        let family = if stranger || dice.chance(25) {
            let other = names.origin(dice);
            names.family(dice, other)
        } else {
            family.to_owned()
        };
        contacts.push(EmergencyContact {
            name: format!("{} {family}", names.given(dice, origin, gender)),
            relationship,
            phone: phones.local(dice),
        });
    }
    contacts
}

fn coverage(dice: &mut Dice, today: NaiveDate, birth_date: NaiveDate, age: i64) -> Vec<Coverage> {
    const PAYERS: [&str; 7] = [
        "Harbor Mutual Health",
        "Granite State Care Plan",
        "Blue Heron Insurance",
        "Commonwealth Workers' Health Fund",
        "Northfield Family Plan",
        "Three Rivers Benefit Trust",
        "Pilgrim Shore Health",
    ];
    const SENIOR: &str = "Federal Senior Health Program";
    let count = match (dice.below(20), age) {
        (0, ..65) => 0,
        (1..=3, _) | (4..=9, 65..) => 2,
        _ => 1,
    };
    let mut payers: Vec<&str> = PAYERS.to_vec();
    dice.shuffle(&mut payers);
    if age >= 65 {
        payers.insert(0, SENIOR);
    }
    payers
        .into_iter()
        .take(count)
        .map(|payer| {
            let since = before(today, dice.between(20, 3_000)).max(birth_date);
            // Plans end with the year; most go on without a date.
            let valid_to = dice
                .chance(30)
                .then(|| NaiveDate::from_ymd_opt(today.year(), 12, 31))
                .flatten();
            Coverage {
                payer,
                member_id: format!("{}{:09}", &payer[..1], dice.below(1_000_000_000)),
                valid_from: since,
                valid_to,
            }
        })
        .collect()
}

fn preferences(dice: &mut Dice, language: &str, has_email: bool) -> Preferences {
    Preferences {
        contact_by: match dice.below(10) {
            0..=4 if has_email => ContactChannel::Email,
            0..=7 => ContactChannel::Text,
            _ => ContactChannel::Phone,
        },
        reminders: dice.chance(88),
        interpreter: !language.starts_with("en") && dice.chance(45),
        part_of_day: match dice.below(10) {
            0..=2 => Some(PartOfDay::Morning),
            3..=4 => Some(PartOfDay::Afternoon),
            _ => None,
        },
    }
}
