//! Where a vital sign is going: the newest reading beside the few before it. Pure.

/// A change of less than this share of what was usual is none.
const NOTHING: f64 = 0.05;

/// Where it is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The newest is more than 5 per cent above the mean of those before it.
    Rising,
    /// It is more than 5 per cent below.
    Falling,
    /// Neither.
    Steady,
}

/// Where these readings are going, the oldest first; none when there are fewer than two.
#[must_use]
pub fn course(readings: &[f64]) -> Option<Course> {
    let (newest, before) = readings.split_last()?;
    if before.is_empty() {
        return None;
    }
    let usual = before.iter().sum::<f64>() / before.len() as f64;
    let change = newest - usual;
    Some(if change.abs() <= NOTHING * usual.abs() {
        Course::Steady
    } else if change > 0.0 {
        Course::Rising
    } else {
        Course::Falling
    })
}

#[cfg(test)]
mod tests {
    use super::{Course, course};
    use proptest::prelude::*;

    #[test]
    fn the_newest_reading_is_seen_beside_the_mean_of_those_before_it() {
        assert_eq!(course(&[]), None);
        assert_eq!(course(&[70.0]), None);
        assert_eq!(course(&[100.0, 105.0]), Some(Course::Steady));
        assert_eq!(course(&[100.0, 105.1]), Some(Course::Rising));
        assert_eq!(course(&[90.0, 110.0, 94.9]), Some(Course::Falling));
        assert_eq!(course(&[0.0, 2.0]), Some(Course::Rising));
    }

    proptest! {
        #[test]
        fn what_rises_falls_when_it_is_turned_upside_down(readings in prop::collection::vec(1.0_f64..300.0, 2..10)) {
            let turned: Vec<f64> = readings.iter().map(|reading| -reading).collect();
            let other = match course(&readings) {
                Some(Course::Rising) => Some(Course::Falling),
                Some(Course::Falling) => Some(Course::Rising),
                same => same,
            };
            prop_assert_eq!(course(&turned), other);
        }
    }
}
