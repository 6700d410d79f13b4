//! Who is called, and to what.

use super::*;
use crate::chart::vital::level;
use crate::chart::vital::{Measured, VitalCode};
use crate::patient::input::Problem;
use entity::code::RecordStatus;
use proptest::prelude::*;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn pulse(value: f64, ago: TimeDelta) -> Vital {
    Vital {
        code: VitalCode::HeartRate,
        status: RecordStatus::Final,
        measured: Measured::Value(value),
        given: None,
        measured_at: now() - ago,
        derived: false,
        note: None,
    }
}

fn called_by(vital: &Vital, years: i32, own: &HashMap<Measure, Limits>) -> Option<AlertLevel> {
    let born = now().date_naive() - TimeDelta::days(i64::from(years) * 366);
    raised(vital, (born, now()), AlertLevel::Critical, own)
}

#[test]
fn a_reading_of_the_last_day_that_is_critical_calls_somebody_and_others_do_not() {
    let (none, soon) = (HashMap::new(), TimeDelta::minutes(1));
    let critical = Some(AlertLevel::Critical);
    assert_eq!(called_by(&pulse(140.0, soon), 40, &none), critical);
    assert_eq!(called_by(&pulse(112.0, soon), 40, &none), None);
    let long_ago = pulse(140.0, TimeDelta::hours(25));
    assert_eq!(called_by(&long_ago, 40, &none), None);
    assert_eq!(called_by(&pulse(140.0, soon), 10, &none), None);
    let mut derived = pulse(140.0, soon);
    derived.derived = true;
    assert_eq!(called_by(&derived, 40, &none), None);
}

#[test]
fn a_patients_own_bounds_hold_in_the_place_of_the_clinics_at_any_age() {
    let limits = Limits {
        critical_at_least: Some(100.0),
        ..Limits::default()
    };
    let own = HashMap::from([(Measure::HeartRate, limits)]);
    let soon = TimeDelta::minutes(1);
    let critical = Some(AlertLevel::Critical);
    assert_eq!(called_by(&pulse(100.0, soon), 10, &own), critical);
    assert_eq!(called_by(&pulse(99.0, soon), 40, &own), None);
    // The clinic's own lower bound is none of theirs.
    assert_eq!(called_by(&pulse(35.0, soon), 40, &own), None);
}

#[test]
fn bounds_that_do_not_go_up_or_that_no_body_has_are_refused() {
    let wrong = |limits: Limits| limits.checked(Measure::HeartRate).unwrap_err().problem;
    let turned = Limits {
        abnormal_at_most: Some(90.0),
        critical_at_least: Some(80.0),
        ..Limits::default()
    };
    assert_eq!(wrong(turned), Problem::OutOfOrder);
    let impossible = Limits {
        critical_at_least: Some(900.0),
        ..Limits::default()
    };
    assert_eq!(wrong(impossible), Problem::Implausible);
}

fn member(number: u128, doctor: u128, role: CareTeamRole) -> Member {
    Member {
        id: CareTeamMemberId(Uuid::from_u128(number)),
        doctor: DoctorId(Uuid::from_u128(doctor)),
        role,
        status: UserStatus::Active,
        roles: Roles::DOCTOR,
        clearance: Confidentiality::Normal,
    }
}

#[test]
fn who_leads_is_called_before_who_stands_in_and_who_is_asked_and_nobody_twice() {
    let team = vec![
        member(1, 11, CareTeamRole::Consulting),
        member(2, 12, CareTeamRole::Covering),
        member(3, 13, CareTeamRole::Primary),
        member(4, 11, CareTeamRole::Primary),
    ];
    let order = callable(team, Confidentiality::Normal);
    assert_eq!(order, [13, 11, 12].map(|id| DoctorId(Uuid::from_u128(id))));
}

#[test]
fn who_may_not_read_the_record_or_not_sign_in_is_passed_over() {
    let mut locked = member(1, 11, CareTeamRole::Primary);
    locked.status = UserStatus::Locked;
    let mut no_doctor = member(2, 12, CareTeamRole::Primary);
    no_doctor.roles = Roles::PATIENT;
    let mut cleared = member(3, 13, CareTeamRole::Consulting);
    cleared.clearance = Confidentiality::Restricted;
    let uncleared = member(4, 14, CareTeamRole::Primary);
    let team = vec![locked, no_doctor, uncleared, cleared];
    let order = callable(team, Confidentiality::Restricted);
    assert_eq!(order, [DoctorId(Uuid::from_u128(13))]);
}

proptest! {
    #[test]
    fn the_clinics_bounds_are_the_bands_that_readings_are_scored_by(which in 0_usize..7, tenths in 0_i32..3500) {
        let measure = Measure::ALL[which];
        // Readings as charts have them: whole, the temperature to a tenth.
        let value = match measure {
            Measure::BodyTemperature => f64::from(tenths) / 10.0,
            _ => f64::from(tenths / 10),
        };
        let (limits, scored) = (Limits::of_the_clinic(measure), level::of(measure, value, 40));
        prop_assert_eq!(limits.level(value), scored.unwrap_or(Level::Normal));
    }

    #[test]
    fn bounds_that_are_taken_have_something_normal_between_them_and_never_less_further_out(
        bounds in prop::array::uniform4(prop::option::of(0_i32..350)), one in 0_i32..350, other in 0_i32..350
    ) {
        let [low, lower, upper, high] = bounds.map(|bound| bound.map(f64::from));
        let limits = Limits { critical_at_most: low, abnormal_at_most: lower, abnormal_at_least: upper, critical_at_least: high };
        if let Ok(limits) = limits.checked(Measure::HeartRate) {
            let middle = match (lower.or(low), upper.or(high)) {
                (Some(lower), Some(upper)) => f64::midpoint(lower, upper),
                (Some(lower), None) => lower + 0.5,
                (None, Some(upper)) => upper - 0.5,
                (None, None) => 70.0,
            };
            prop_assert_eq!(limits.level(middle), Level::Normal);
            let (near, far) = (f64::from(one.min(other)), f64::from(one.max(other)));
            if near >= middle {
                prop_assert!(limits.level(near) <= limits.level(far));
            }
            if far <= middle {
                prop_assert!(limits.level(far) <= limits.level(near));
            }
        }
    }
}
