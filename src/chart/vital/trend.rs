//! A long series of readings as few points: each stands for a stretch of time, with the least, the most and the mean of what
//! was measured in it. No reading that is out of the ordinary is lost in a mean.

use chrono::{DateTime, Utc};

/// The most points of a line.
pub const MOST_POINTS: usize = 200;

/// What was measured in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When the first reading of it was taken.
    pub from: DateTime<Utc>,
    /// When the last was.
    pub to: DateTime<Utc>,
    /// How many there are.
    pub count: usize,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
}

/// Points of these readings, which are in the order of their times: one each, or as many even stretches of time as
/// [`MOST_POINTS`], those without a reading left out.
#[must_use]
pub fn thinned(readings: &[(DateTime<Utc>, f64)]) -> Vec<Point> {
    let (Some((first, _)), Some((last, _))) = (readings.first(), readings.last()) else {
        return Vec::new();
    };
    if readings.len() <= MOST_POINTS {
        return readings.chunks(1).filter_map(point).collect();
    }
    let most = i64::try_from(MOST_POINTS).unwrap_or(i64::MAX);
    let span = (*last - *first).num_milliseconds().max(0) + 1;
    // Rounded up, so that the last reading falls into the last stretch.
    let width = span.div_euclid(most) + i64::from(span.rem_euclid(most) > 0);
    let stretch = |at: DateTime<Utc>| (at - *first).num_milliseconds().div_euclid(width);
    readings
        .chunk_by(|(one, _), (other, _)| stretch(*one) == stretch(*other))
        .filter_map(point)
        .collect()
}

fn point(readings: &[(DateTime<Utc>, f64)]) -> Option<Point> {
    let ((from, first), (to, _)) = (readings.first()?, readings.last()?);
    let values = || readings.iter().map(|(_, value)| *value);
    let count = readings.len();
    let shares = values().map(|value| value / count as f64);
    Some(Point {
        from: *from,
        to: *to,
        count,
        min: values().fold(*first, f64::min),
        max: values().fold(*first, f64::max),
        mean: (shares.sum::<f64>() * 100.0).round() / 100.0,
    })
}
