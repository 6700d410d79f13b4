//! What holds of every reading.

use super::level::{Level, level};
use super::news2::{Parts, Risk, Scale, Signs};
use super::trend::{MOST_POINTS, thinned};
use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;

fn signs() -> Signs {
    Signs {
        respiratory_rate: Some(16.0),
        oxygen_saturation: Some(97.0),
        on_oxygen: Some(false),
        systolic: Some(120.0),
        pulse: Some(70.0),
        consciousness: Some(Consciousness::Alert),
        temperature: Some(37.0),
    }
}

#[test]
fn the_score_has_the_bands_of_the_royal_college() {
    let points = |score: fn(f64) -> i32, bands: &[(f64, i32)]| {
        for (value, points) in bands {
            assert_eq!(score(*value), *points, "{value}");
        }
    };
    points(
        news2::respiratory_rate,
        &[
            (8.0, 3),
            (9.0, 1),
            (11.0, 1),
            (12.0, 0),
            (20.0, 0),
            (21.0, 2),
            (24.0, 2),
            (25.0, 3),
        ],
    );
    points(
        |value| news2::oxygen_saturation(value, Scale::One, true),
        &[
            (91.0, 3),
            (92.0, 2),
            (93.0, 2),
            (94.0, 1),
            (95.0, 1),
            (96.0, 0),
            (100.0, 0),
        ],
    );
    points(
        |value| news2::oxygen_saturation(value, Scale::Two, true),
        &[
            (83.0, 3),
            (84.0, 2),
            (85.0, 2),
            (86.0, 1),
            (87.0, 1),
            (88.0, 0),
            (92.0, 0),
            (93.0, 1),
            (94.0, 1),
            (95.0, 2),
            (96.0, 2),
            (97.0, 3),
        ],
    );
    points(
        |value| news2::oxygen_saturation(value, Scale::Two, false),
        &[(83.0, 3), (87.0, 1), (88.0, 0), (93.0, 0), (99.0, 0)],
    );
    points(
        news2::systolic,
        &[
            (90.0, 3),
            (91.0, 2),
            (100.0, 2),
            (101.0, 1),
            (110.0, 1),
            (111.0, 0),
            (219.0, 0),
            (220.0, 3),
        ],
    );
    points(
        news2::pulse,
        &[
            (40.0, 3),
            (41.0, 1),
            (50.0, 1),
            (51.0, 0),
            (90.0, 0),
            (91.0, 1),
            (110.0, 1),
            (111.0, 2),
            (130.0, 2),
            (131.0, 3),
        ],
    );
    points(
        news2::temperature,
        &[
            (35.0, 3),
            (35.1, 1),
            (36.0, 1),
            (36.1, 0),
            (38.0, 0),
            (38.1, 1),
            (39.0, 1),
            (39.1, 2),
        ],
    );
}

#[test]
fn a_risk_is_of_the_whole_or_of_one_part_alone() {
    let risk = |change: fn(&mut Signs)| {
        let mut signs = signs();
        change(&mut signs);
        let parts = Parts::of(&signs, Scale::One);
        (parts.total(), parts.risk())
    };
    assert_eq!(risk(|_| ()), (Some(0), Some(Risk::Low)));
    let confused = risk(|signs| signs.consciousness = Some(Consciousness::Confusion));
    assert_eq!(confused, (Some(3), Some(Risk::LowMedium)));
    let medium = risk(|signs| (signs.pulse, signs.on_oxygen) = (Some(131.0), Some(true)));
    assert_eq!(medium, (Some(5), Some(Risk::Medium)));
    let high = risk(|signs| {
        (signs.pulse, signs.on_oxygen, signs.temperature) = (Some(131.0), Some(true), Some(39.5));
    });
    assert_eq!(high, (Some(7), Some(Risk::High)));
    assert_eq!(risk(|signs| signs.systolic = None), (None, None));
}

#[test]
fn units_are_turned_into_those_that_are_kept() {
    let near = |one: f64, other: f64| assert!((one - other).abs() < 0.005, "{one} {other}");
    near(unit::Temperature::Fahrenheit.kept(98.6), 37.0);
    near(unit::Temperature::Celsius.kept(37.5), 37.5);
    near(unit::Weight::Pounds.kept(150.0), 68.04);
    near(unit::Length::Inches.kept(70.0), 177.8);
    near(unit::Pressure::Kilopascals.kept(16.0), 120.01);
}

#[test]
fn what_no_body_has_is_refused_and_what_it_should_not_have_is_taken_and_named() {
    assert_eq!(
        plausible(VitalCode::HeartRate, 720.0),
        Err(Problem::Implausible)
    );
    assert_eq!(
        plausible(VitalCode::BodyTemperature, f64::NAN),
        Err(Problem::Implausible)
    );
    assert_eq!(pressure(80.0, 120.0), Err(Problem::Implausible));
    assert!(pressure(240.0, 130.0).is_ok());
    let of = |value, age| level(VitalCode::HeartRate, Measured::Value(value), age);
    assert_eq!(of(72.0, 40), Some(Level::Normal));
    assert_eq!(of(118.0, 40), Some(Level::Abnormal));
    assert_eq!(of(190.0, 40), Some(Level::Critical));
    assert_eq!(of(190.0, 3), None);
    assert_eq!(
        level(VitalCode::BodyWeight, Measured::Value(400.0), 40),
        None
    );
}

#[test]
fn a_body_mass_index_is_kilograms_to_the_square_metre() {
    assert_eq!(body_mass_index(70.0, 175.0), Some(22.9));
    assert_eq!(body_mass_index(700.0, 20.0), None);
}

fn any_level() -> impl Strategy<Value = Consciousness> {
    prop::sample::select(vec![
        Consciousness::Alert,
        Consciousness::Confusion,
        Consciousness::Voice,
        Consciousness::Pain,
        Consciousness::Unresponsive,
    ])
}

prop_compose! {
    fn any_signs()(
        rate in 0.0..60.0_f64, saturation in 50.0..100.0_f64, on in any::<bool>(), systolic in 40.0..260.0_f64,
        pulse in 20.0..220.0_f64, level in any_level(), temperature in 30.0..43.0_f64
    ) -> Signs {
        Signs {
            respiratory_rate: Some(rate),
            oxygen_saturation: Some(saturation),
            on_oxygen: Some(on),
            systolic: Some(systolic),
            pulse: Some(pulse),
            consciousness: Some(level),
            temperature: Some(temperature),
        }
    }
}

proptest! {
    #[test]
    fn a_score_is_the_sum_of_its_parts_and_none_without_one_of_them(
        signs in any_signs(), two in any::<bool>(), missing in 0_usize..7
    ) {
        let scale = if two { Scale::Two } else { Scale::One };
        let parts = Parts::of(&signs, scale);
        let sum: i32 = parts.all().into_iter().flatten().sum();
        prop_assert_eq!(parts.total(), Some(sum));
        prop_assert!((0..=20).contains(&sum));
        let high = sum >= 7;
        prop_assert_eq!(parts.risk() == Some(Risk::High), high);
        let mut less = signs;
        match missing {
            0 => less.respiratory_rate = None,
            1 => less.oxygen_saturation = None,
            2 => less.on_oxygen = None,
            3 => less.systolic = None,
            4 => less.pulse = None,
            5 => less.consciousness = None,
            _ => less.temperature = None,
        }
        prop_assert_eq!(Parts::of(&less, scale).total(), None);
    }

    #[test]
    fn the_further_from_normal_the_more_points(one in 51.0..300.0_f64, other in 51.0..300.0_f64) {
        let (low, high) = (one.min(other), one.max(other));
        prop_assert!(news2::pulse(low) <= news2::pulse(high));
        prop_assert!(news2::respiratory_rate(low) <= news2::respiratory_rate(high));
    }

    #[test]
    fn a_thinned_series_keeps_its_ends_its_extremes_and_its_count(
        steps in prop::collection::vec((0_i64..4_000_000, -50.0..250.0_f64), 0..900)
    ) {
        let mut at = DateTime::UNIX_EPOCH;
        let readings: Vec<_> = steps.iter().map(|(step, value)| {
            at += TimeDelta::milliseconds(*step);
            (at, *value)
        }).collect();
        let points = thinned(&readings);
        prop_assert!(points.len() <= MOST_POINTS);
        prop_assert_eq!(points.iter().map(|point| point.count).sum::<usize>(), readings.len());
        prop_assert_eq!(points.first().map(|point| point.from), readings.first().map(|one| one.0));
        prop_assert_eq!(points.last().map(|point| point.to), readings.last().map(|one| one.0));
        prop_assert!(points.windows(2).all(|two| two[0].to <= two[1].from));
        let least = readings.iter().map(|one| one.1).fold(f64::INFINITY, f64::min);
        let most = readings.iter().map(|one| one.1).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(points.iter().map(|point| point.min).fold(f64::INFINITY, f64::min), least);
        prop_assert_eq!(points.iter().map(|point| point.max).fold(f64::NEG_INFINITY, f64::max), most);
        for point in &points {
            prop_assert!(point.min <= point.mean + 0.01 && point.mean <= point.max + 0.01);
        }
    }
}
