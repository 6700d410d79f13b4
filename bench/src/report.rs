//! Figures of runs, and the table made of them: medians over rounds, and server time against the first contestant's round
//! by round, which a noisy machine disturbs least.

use crate::load::Tally;
use crate::meter::Cost;
use serde::Serialize;

/// One run of one operation by one contestant.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The operation's key.
    pub operation: String,
    /// Who.
    pub contestant: String,
    /// Which round.
    pub round: usize,
    /// How many connections asked at once.
    pub connections: usize,
    /// Requests a second.
    pub rps: f64,
    /// Median time of an answer.
    pub p50_ms: f64,
    /// Time within which 99 of 100 answers came.
    pub p99_ms: f64,
    /// Answers, good and bad.
    #[serde(flatten)]
    pub tally: Tally,
    /// What it cost.
    #[serde(flatten)]
    pub cost: Cost,
    /// Rows that the bookings added; as many as were answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_added: Option<i64>,
}

impl Run {
    /// The figures of a run.
    #[must_use]
    pub fn new(
        names: (&str, &str),
        round: usize,
        connections: usize,
        tally: Tally,
        cost: Cost,
    ) -> Self {
        Self {
            operation: names.0.to_owned(),
            contestant: names.1.to_owned(),
            round,
            connections,
            rps: tally.rate(),
            p50_ms: tally.millis_at(0.5),
            p99_ms: tally.millis_at(0.99),
            tally,
            cost,
            rows_added: None,
        }
    }

    /// One line, for whoever waits.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!(
            "{} #{} {:16} {:7.0}/s  p50 {:6.2}  p99 {:6.2} ms  server {:.3}  database {:.3} ms  {:.0} MB  others {:.2} cores",
            self.operation,
            self.round,
            self.contestant,
            self.rps,
            self.p50_ms,
            self.p99_ms,
            self.cost.server_per_1k,
            self.cost.postgres_per_1k.unwrap_or_default(),
            self.cost.resident_mb,
            self.cost.foreign_cores
        );
        if let Some(bad) = &self.tally.first_bad {
            line.push_str(&format!("\n  {} bad, first: {bad}", self.tally.bad));
        }
        line
    }
}

/// The middle of some numbers; zero of none.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => numbers[middle],
        _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
    }
}

/// Server time of one against another's in the same rounds: the median of the quotients.
#[must_use]
pub fn ratio(runs: &[&Run], name: &str, against: &str) -> f64 {
    let cost = |name: &str, round: usize| {
        runs.iter()
            .find(|run| run.contestant == name && run.round == round)
            .map(|run| run.cost.server_per_1k)
    };
    let mine = runs.iter().filter(|run| run.contestant == name);
    median(
        mine.filter_map(|run| Some(run.cost.server_per_1k / cost(against, run.round)?))
            .filter(|quotient| quotient.is_finite())
            .collect(),
    )
}

/// The table of one operation, in Markdown.
#[must_use]
pub fn table(title: &str, runs: &[&Run], names: &[String], against: &str) -> String {
    let mut table = format!(
        "| {title} | req/s | p50 ms | p99 ms | server ms | database ms | server x | RSS MB | bad |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for name in names {
        let own: Vec<&&Run> = runs.iter().filter(|run| run.contestant == *name).collect();
        if own.is_empty() {
            continue;
        }
        let of = |figure: fn(&Run) -> f64| median(own.iter().map(|run| figure(run)).collect());
        let bad: usize = own.iter().map(|run| run.tally.bad).sum();
        table.push_str(&format!(
            "| {name} | {:.0} | {:.1} | {:.1} | {:.3} | {:.3} | {:.2} | {:.0} | {bad} |\n",
            of(|run| run.rps),
            of(|run| run.p50_ms),
            of(|run| run.p99_ms),
            of(|run| run.cost.server_per_1k),
            of(|run| run.cost.postgres_per_1k.unwrap_or_default()),
            ratio(runs, name, against),
            of(|run| run.cost.resident_mb),
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
