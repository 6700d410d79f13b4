//! What must hold of every clinic that is made, whatever the seed, the moment and the zone.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// A Wednesday, in the middle of the morning in New York.
fn wednesday() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 11, 14, 20, 0).unwrap()
}

fn small(seed: u64, now: DateTime<Utc>) -> Clinic {
    clinic(seed, Size::Small, now, Tz::America__New_York)
}

fn day(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Tz::America__New_York).date_naive()
}

fn overlapping<'a>(
    who: impl Fn(&Appointment) -> usize,
    all: impl Iterator<Item = &'a Appointment>,
) -> usize {
    let mut until: HashMap<usize, DateTime<Utc>> = HashMap::new();
    let mut overlaps = 0;
    for appointment in all {
        let free_from = until
            .entry(who(appointment))
            .or_insert(DateTime::UNIX_EPOCH);
        overlaps += usize::from(appointment.starts_at < *free_from);
        *free_from = appointment.ends_at;
    }
    overlaps
}

fn standing(clinic: &Clinic) -> impl Iterator<Item = &Appointment> {
    clinic
        .appointments
        .iter()
        .filter(|appointment| appointment.status != Status::Cancelled)
}

fn check(clinic: &Clinic, now: DateTime<Utc>, zone: Tz) {
    assert!(
        clinic
            .appointments
            .is_sorted_by_key(|appointment| appointment.starts_at)
    );
    assert_eq!(
        overlapping(|appointment| appointment.doctor, standing(clinic)),
        0
    );
    assert_eq!(
        overlapping(|appointment| appointment.patient, standing(clinic)),
        0
    );
    let since: HashMap<_, _> = clinic
        .care_team
        .iter()
        .map(|member| ((member.doctor, member.patient), member.from))
        .collect();
    assert_eq!(since.len(), clinic.care_team.len());
    for appointment in &clinic.appointments {
        let start = appointment.starts_at.with_timezone(&zone);
        let end = appointment.ends_at.with_timezone(&zone);
        assert!(!matches!(start.weekday(), Weekday::Sat | Weekday::Sun));
        let minutes = |time: &DateTime<Tz>| time.hour() * 60 + time.minute();
        assert!(minutes(&start) >= 8 * 60 && minutes(&end) <= 17 * 60);
        assert!(minutes(&end) <= 12 * 60 || minutes(&start) >= 13 * 60);
        let length = TimeDelta::minutes(i64::from(
            clinic.visit_types[appointment.visit_type].minutes,
        ));
        assert_eq!(appointment.ends_at - appointment.starts_at, length);
        assert!(since[&(appointment.doctor, appointment.patient)] <= start.date_naive());
        assert!(clinic.patients[appointment.patient].birth_date < start.date_naive());
        check_state(clinic, appointment, now);
    }
    assert_eq!(clinic.charts.len(), clinic.patients.len());
    for (patient, chart) in clinic.patients.iter().zip(&clinic.charts) {
        let born = patient.birth_date;
        let today = now.with_timezone(&zone).date_naive();
        let days = chart.conditions.iter().map(|one| one.since);
        let days = days.chain(chart.allergies.iter().map(|one| one.since));
        let days = days.chain(chart.medications.iter().map(|one| one.since));
        let mut days = days.chain(chart.immunizations.iter().map(|one| one.on));
        assert!(days.all(|day| born <= day && day < today));
        assert!(chart.vitals.is_sorted_by_key(|one| one.at));
        let mut times = chart.vitals.iter().map(|one| one.at);
        assert!(times.all(|at| born < at.date_naive() && at < now));
    }
}

fn check_state(clinic: &Clinic, appointment: &Appointment, now: DateTime<Utc>) {
    assert_eq!(
        appointment.cancellation.is_some(),
        appointment.status == Status::Cancelled
    );
    assert!(appointment.made_at < now && appointment.made_at < appointment.starts_at);
    let past = appointment.ends_at <= now;
    match appointment.status {
        Status::Fulfilled | Status::NoShow => assert!(past),
        Status::Booked => assert!(!past),
        Status::CheckedIn => {
            assert!(
                appointment.starts_at > now && appointment.starts_at - now <= TimeDelta::hours(4)
            );
        }
        Status::Arrived => {
            assert!(appointment.starts_at - now <= TimeDelta::minutes(30));
            assert!(now - appointment.ends_at < TimeDelta::minutes(20));
        }
        Status::Proposed => {
            assert!(appointment.starts_at > now);
            assert!(clinic.visit_types[appointment.visit_type].requires_approval);
        }
        Status::Cancelled => {}
    }
}

#[test]
fn a_small_clinic_keeps_every_rule_and_has_the_promised_size() {
    let clinic = small(1, wednesday());
    check(&clinic, wednesday(), Tz::America__New_York);
    assert_eq!(clinic.doctors.len(), 14);
    assert_eq!(clinic.patients.len(), 320);
    assert_eq!(clinic.appointments.len(), 9_000);
}

#[test]
fn a_large_clinic_keeps_every_rule_and_has_the_promised_size() {
    let clinic = clinic(2, Size::Large, wednesday(), Tz::America__New_York);
    check(&clinic, wednesday(), Tz::America__New_York);
    assert_eq!(clinic.doctors.len(), 100);
    assert_eq!(clinic.patients.len(), 20_000);
    assert_eq!(clinic.appointments.len(), 200_000);
    distinct(&clinic);
}

#[test]
fn the_same_seed_makes_the_same_clinic_and_another_seed_another() {
    let first = small(3, wednesday());
    assert!(first == small(3, wednesday()));
    assert!(first != small(4, wednesday()));
}

fn distinct(clinic: &Clinic) {
    let mut emails = HashSet::new();
    let patients = clinic
        .patients
        .iter()
        .filter_map(|patient| patient.email.as_deref());
    for email in clinic
        .doctors
        .iter()
        .map(|doctor| doctor.email.as_str())
        .chain(patients)
    {
        let (mailbox, domain) = email.split_once('@').unwrap();
        assert!(
            mailbox
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || ".-0123456789".contains(letter))
        );
        assert!(matches!(domain, "clinic.example" | "mail.example"));
        assert!(emails.insert(email), "{email} twice");
    }
    let mut mrns = HashSet::new();
    let mut phones = HashSet::new();
    for patient in &clinic.patients {
        assert!(mrns.insert(&patient.mrn) && patient.mrn.len() == 8);
        assert!(phones.insert(&patient.phone));
        assert!(luhn_holds(&patient.mrn));
    }
}

fn luhn_holds(number: &str) -> bool {
    let digits = number
        .bytes()
        .rev()
        .map(|digit| u32::from(digit - b'0'))
        .enumerate();
    let sum: u32 = digits
        .map(|(place, digit)| {
            if place % 2 == 0 {
                digit
            } else {
                digit * 2 / 10 + digit * 2 % 10
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[test]
fn record_numbers_telephone_numbers_and_addresses_are_distinct() {
    distinct(&small(5, wednesday()));
}

#[test]
fn the_clinic_has_departments_and_licences_in_order() {
    let clinic = small(6, wednesday());
    let names: HashSet<_> = clinic
        .departments
        .iter()
        .map(|department| department.name)
        .collect();
    assert_eq!(names.len(), clinic.departments.len());
    let last = clinic
        .appointments
        .iter()
        .map(|appointment| day(appointment.ends_at))
        .max()
        .unwrap();
    for doctor in &clinic.doctors {
        assert!(doctor.department < clinic.departments.len());
        assert!(!doctor.specialties.is_empty());
        assert!(doctor.licence.valid_from < day(wednesday()) && doctor.licence.valid_to > last);
    }
}

#[test]
fn children_have_a_guardian_to_call_and_one_primary_doctor_each() {
    let clinic = small(7, wednesday());
    let today = day(wednesday());
    for (place, patient) in clinic.patients.iter().enumerate() {
        if today.years_since(patient.birth_date).unwrap() < 18 {
            let first = &patient.emergency_contacts[0];
            assert!(
                ["Mother", "Father", "Grandmother", "Legal guardian"].contains(&first.relationship)
            );
        }
        let leads =
            |member: &&CareTeamMember| member.patient == place && member.role == CareRole::Primary;
        assert_eq!(clinic.care_team.iter().filter(leads).count(), 1);
    }
}

#[test]
fn names_of_many_kinds_are_there() {
    let clinic = small(8, wednesday());
    let some = |wanted: fn(&Patient) -> bool| clinic.patients.iter().any(wanted);
    assert!(some(|patient| !patient.family.is_ascii()));
    assert!(some(|patient| patient.family.contains('\'')));
    assert!(some(|patient| patient.family.contains('-')));
    assert!(some(|patient| patient.family.contains(' ')));
    assert!(some(|patient| patient.given.contains('-')));
}

#[test]
fn every_outcome_appears_in_a_year() {
    let clinic = small(9, wednesday());
    let count = |status| {
        clinic
            .appointments
            .iter()
            .filter(|appointment| appointment.status == status)
            .count()
    };
    let past = clinic
        .appointments
        .iter()
        .filter(|appointment| appointment.ends_at <= wednesday())
        .count();
    assert!(count(Status::Fulfilled) * 100 > past * 80);
    for status in [
        Status::NoShow,
        Status::Cancelled,
        Status::Proposed,
        Status::Booked,
    ] {
        assert!(count(status) > 20, "{status:?}");
    }
    assert!(count(Status::Arrived) > 0 && count(Status::CheckedIn) > 0);
}

#[test]
fn some_days_are_full_and_none_is_crowded() {
    let clinic = small(10, wednesday());
    let mut days: HashMap<(usize, NaiveDate), usize> = HashMap::new();
    for appointment in standing(&clinic) {
        *days
            .entry((appointment.doctor, day(appointment.starts_at)))
            .or_default() += 1;
    }
    assert!(days.values().all(|visits| *visits <= 20));
    let full = |doctor: usize| {
        days.iter()
            .any(|((who, _), visits)| *who == doctor && *visits >= 8)
    };
    assert!((0..clinic.doctors.len()).all(full));
}

fn demo_holds(clinic: &Clinic, now: DateTime<Utc>) {
    let today = day(now);
    let next = (1..8)
        .map(|days| today + chrono::Days::new(days))
        .find(|day| calendar::works(*day))
        .unwrap();
    for doctor in 0..DEMO {
        for shown in [today, next]
            .into_iter()
            .filter(|day| calendar::works(*day))
        {
            let on_day = |appointment: &&Appointment| {
                appointment.doctor == doctor && day(appointment.starts_at) == shown
            };
            assert!(standing(clinic).filter(on_day).count() >= 12);
        }
        for patient in 0..DEMO {
            let mine = |appointment: &&Appointment| {
                appointment.doctor == doctor && appointment.patient == patient
            };
            assert!(
                standing(clinic)
                    .filter(mine)
                    .any(|one| one.status == Status::Fulfilled)
            );
            assert!(
                standing(clinic)
                    .filter(mine)
                    .any(|one| one.status == Status::Booked && one.starts_at > now)
            );
        }
    }
    for patient in &clinic.patients[..DEMO] {
        assert!(patient.email.is_some() && !patient.emergency_contacts.is_empty());
        assert!(today.years_since(patient.birth_date).unwrap() >= 18);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_seed_at_any_moment_makes_a_clinic_that_keeps_the_rules(
        seed: u64,
        seconds in 1_577_836_800i64..2_524_608_000,
    ) {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        let clinic = small(seed, now);
        check(&clinic, now, Tz::America__New_York);
        distinct(&clinic);
        demo_holds(&clinic, now);
        prop_assert_eq!(clinic.appointments.len(), 9_000);
    }

    #[test]
    fn any_zone_keeps_its_own_hours(seed: u64, place in 0..chrono_tz::TZ_VARIANTS.len()) {
        let zone = chrono_tz::TZ_VARIANTS[place];
        check(&clinic(seed, Size::Small, wednesday(), zone), wednesday(), zone);
    }
}
