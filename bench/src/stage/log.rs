//! The event log as it lies in the database, read past the server: what subscribers must have heard, in which order.

use crate::output::{Done, Told};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult,
    Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The database, whichever it is.
pub struct Rows {
    connection: DatabaseConnection,
    backend: DbBackend,
}

/// An event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place.
    pub seq: i64,
    /// What happened.
    pub kind: String,
    /// To what.
    pub subject: u128,
}

impl Rows {
    /// Opens it with a single connection.
    pub async fn open(url: &str) -> Done<Self> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.told("the database")?;
        let backend = match url.starts_with("postgres") {
            true => DbBackend::Postgres,
            false => DbBackend::Sqlite,
        };
        Ok(Self {
            connection,
            backend,
        })
    }

    /// The rows of a select.
    pub async fn all(&self, sql: &str) -> Done<Vec<QueryResult>> {
        let statement = Statement::from_string(self.backend, sql.to_owned());
        self.connection.query_all_raw(statement).await.told(sql)
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &str) -> Done<()> {
        let done = self.connection.execute_unprepared(sql).await;
        done.told(sql).map(drop)
    }

    /// All events, by stream and in order.
    pub async fn events(&self) -> Done<HashMap<String, Vec<Event>>> {
        let rows = self
            .all("SELECT stream, seq, kind, subject, span FROM event ORDER BY stream, seq")
            .await?;
        let mut events: HashMap<String, Vec<Event>> = HashMap::new();
        for row in rows {
            let subject: Uuid = row.try_get("", "subject").told("an event")?;
            let (last, span): (i64, i32) = (
                row.try_get("", "seq").told("an event")?,
                row.try_get("", "span").told("an event")?,
            );
            let kind: String = row.try_get("", "kind").told("an event")?;
            let stream: String = row.try_get("", "stream").told("an event")?;
            // A row may stand for several places, of which its own is the last.
            let places = (0..span).rev().map(|before| Event {
                seq: last - i64::from(before),
                kind: kind.clone(),
                subject: subject.as_u128(),
            });
            events.entry(stream).or_default().extend(places);
        }
        Ok(events)
    }

    /// Lets it go.
    pub async fn close(self) {
        drop(self.connection.close().await);
    }
}

impl Event {
    /// What a subscriber to appointments hears of it, if anything.
    #[must_use]
    pub fn heard(&self) -> Option<(u128, bool)> {
        match self.kind.as_str() {
            "APPOINTMENT_CREATED" => Some((self.subject, false)),
            "APPOINTMENT_CANCELLED" => Some((self.subject, true)),
            _ => None,
        }
    }
}

/// What is wrong with what somebody heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verdict {
    /// What should have been heard and was not.
    pub lost: usize,
    /// What was heard once more than once.
    pub doubled: usize,
    /// What came before something that should have been heard first.
    pub disordered: usize,
    /// What should not have been heard at all.
    pub foreign: usize,
}

impl Verdict {
    /// Nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.foreign += other.foreign;
    }
}

/// Compares what was heard with what should have been, each once and in this order.
#[must_use]
pub fn compare(wanted: &[(u128, bool)], heard: &[(u128, bool)]) -> Verdict {
    if wanted == heard {
        return Verdict::default();
    }
    let places: HashMap<_, usize> = wanted.iter().zip(0..).map(|(key, at)| (*key, at)).collect();
    let mut times = vec![0_usize; wanted.len()];
    let (mut verdict, mut last) = (Verdict::default(), None);
    for key in heard {
        let Some(place) = places.get(key) else {
            verdict.foreign += 1;
            continue;
        };
        times[*place] += 1;
        if times[*place] > 1 {
            verdict.doubled += 1;
            continue;
        }
        verdict.disordered += usize::from(last.is_some_and(|last| last > *place));
        last = last.max(Some(*place));
    }
    verdict.lost = times.iter().filter(|times| **times == 0).count();
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(heard: &[u128]) -> Verdict {
        let keys = |ids: &[u128]| ids.iter().map(|id| (*id, false)).collect::<Vec<_>>();
        compare(&keys(&[1, 2, 3, 4]), &keys(heard))
    }

    #[test]
    fn all_in_order_is_clean() {
        assert!(verdict(&[1, 2, 3, 4]).is_clean());
    }

    #[test]
    fn each_kind_of_wrong_is_told_from_the_others() {
        let none = Verdict::default();
        assert_eq!(verdict(&[1, 3, 4]), Verdict { lost: 1, ..none });
        assert_eq!(verdict(&[1, 2, 2, 3, 4]), Verdict { doubled: 1, ..none });
        assert_eq!(
            verdict(&[1, 3, 2, 4]),
            Verdict {
                disordered: 1,
                ..none
            }
        );
        assert_eq!(verdict(&[1, 2, 9, 3, 4]), Verdict { foreign: 1, ..none });
        assert_eq!(verdict(&[]), Verdict { lost: 4, ..none });
    }
}
