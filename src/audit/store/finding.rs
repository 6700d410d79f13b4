//! Finding entries again. Every filter has an index to begin with: the patient, the user, the session and the request have one
//! of their own; what is rare (whatever was not allowed, was no mere look, or went through broken glass) stands in small ones
//! of its own; and a time is a stretch of ids, which begin with it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_entry::Column;
use entity::id::{AuditEntryId, PatientId, SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// By how much the time in an entry's id and the time it says may differ: the id is made a moment later, and a clock may be
/// set right in between.
const APART: TimeDelta = TimeDelta::minutes(1);

/// Which entries are asked for; everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Made at or after.
    pub from: Option<DateTime<Utc>>,
    /// Made before.
    pub to: Option<DateTime<Utc>>,
    /// Of this patient's record.
    pub patient: Option<PatientId>,
    /// Of what this user looked at and did.
    pub actor: Option<UserId>,
    /// Of what was looked at and done in this session.
    pub session: Option<SessionId>,
    /// Of this request.
    pub request: Option<String>,
    /// Of one of these actions; of any when there are none.
    pub actions: Vec<&'static str>,
    /// With one of these outcomes; with any when there are none.
    pub outcomes: Vec<&'static str>,
    /// Through this relationship.
    pub relationship: Option<&'static str>,
}

impl Filter {
    /// Whether it is about somebody, and not about everybody.
    pub(super) fn is_about_somebody(&self) -> bool {
        self.actor.is_some() || self.session.is_some() || self.request.is_some()
    }

    /// The same, about everybody.
    pub(super) fn of_anybody(&self) -> Self {
        Self {
            actor: None,
            session: None,
            request: None,
            ..self.clone()
        }
    }

    /// The same, of any patient.
    pub(super) fn of_any_patient(&self) -> Self {
        Self {
            patient: None,
            ..self.clone()
        }
    }

    /// What a row's own columns must be; `id` is its id.
    pub(super) fn condition(&self, id: &Expr) -> Condition {
        use sea_orm::sea_query::ExprTrait as _;

        let first_of = |at: DateTime<Utc>| id.clone().gte(AuditEntryId(first_id(at - APART)));
        let before = |at: DateTime<Utc>| id.clone().lt(AuditEntryId(first_id(at + APART)));
        let among = |column: Column, words: &[&'static str]| {
            (!words.is_empty()).then(|| column.is_in(words.iter().copied()))
        };
        Condition::all()
            .add_option(self.from.map(|from| Column::OccurredAt.gte(from)))
            .add_option(self.from.map(first_of))
            .add_option(self.to.map(|to| Column::OccurredAt.lt(to)))
            .add_option(self.to.map(before))
            .add_option(self.patient.map(|patient| Column::PatientId.eq(patient)))
            .add_option(self.actor.map(|actor| Column::Actor.eq(actor)))
            .add_option(self.session.map(|session| Column::Session.eq(session)))
            .add_option(self.request.as_deref().map(|it| Column::RequestId.eq(it)))
            .add_option(among(Column::Action, &self.actions))
            .add_option(among(Column::Outcome, &self.outcomes))
            .add_option(self.relationship.map(|it| Column::Relationship.eq(it)))
            .add_option(self.rare().map(Expr::cust))
    }

    /// What follows of the filter in the very words of a small index's own condition: neither database concludes it from
    /// parameters.
    fn rare(&self) -> Option<&'static str> {
        let none_is = |words: &[&str], common| !words.is_empty() && !words.contains(&common);
        if self.relationship == Some("BREAK_GLASS") {
            Some("grant_id IS NOT NULL")
        } else if none_is(&self.outcomes, "ALLOWED") {
            Some("outcome <> 'ALLOWED'")
        } else if none_is(&self.actions, "READ") {
            Some("action <> 'READ'")
        } else {
            None
        }
    }
}

/// The first id of this millisecond.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(u128::from(millis.min((1 << 48) - 1)) << 80)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::db::Window;
    use entity::audit_entry;
    use migration::MigratorTrait as _;
    use sea_orm::{
        ConnectOptions, ConnectionTrait as _, Database, DbBackend, EntityTrait as _,
        QueryFilter as _, QueryTrait as _,
    };
    use sea_orm::{Select, Statement, Value};

    /// How SQLite would read the first page.
    async fn plan(filter: &Filter) -> String {
        let select = audit_entry::Entity::find().filter(filter.condition(&Column::Id.into_expr()));
        plan_of(
            Window::first(20).over_newest(select, [Column::Id.into_expr()], |id| {
                let id: &AuditEntryId = id;
                [(*id).into()]
            }),
        )
        .await
    }

    /// How SQLite would read what is selected.
    pub async fn plan_of(select: Select<audit_entry::Entity>) -> String {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let database = Database::connect(options).await.unwrap();
        migration::Migrator::up(&database, None).await.unwrap();
        let built = select.build(DbBackend::Sqlite);
        let values: Vec<Value> = built.values.map(|it| it.0).unwrap_or_default();
        let explain = format!("EXPLAIN QUERY PLAN {}", built.sql);
        let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, values);
        let rows = database.query_all_raw(explain).await.unwrap();
        let steps = rows
            .iter()
            .map(|row| row.try_get::<String>("", "detail").unwrap());
        steps.collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn every_filter_has_an_index_to_begin_with() {
        let id = Uuid::from_u128(7);
        let now = Some(DateTime::UNIX_EPOCH);
        let with = |change: fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter
        };
        let one = |patient, actor, session| Filter {
            patient,
            actor,
            session,
            ..Filter::default()
        };
        for (filter, index) in [
            (one(Some(id.into()), None, None), "audit_entry_of_patient"),
            (one(None, Some(id.into()), None), "audit_entry_of_actor"),
            (one(None, None, Some(id.into())), "audit_entry_of_session"),
            (
                with(|it| it.request = Some("r".to_owned())),
                "audit_entry_of_request",
            ),
            (
                with(|it| it.outcomes = vec!["DENIED"]),
                "audit_entry_not_allowed",
            ),
            (
                with(|it| it.actions = vec!["ERASE"]),
                "audit_entry_not_read",
            ),
            (
                with(|it| it.relationship = Some("BREAK_GLASS")),
                "audit_entry_through_glass",
            ),
            (
                Filter {
                    from: now,
                    to: now,
                    ..Filter::default()
                },
                "(id>? AND id<?)",
            ),
        ] {
            let plan = plan(&filter).await;
            assert!(plan.contains(index), "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }

    #[test]
    fn the_first_id_of_a_time_is_before_every_id_made_then() {
        let clock = crate::clock::Clock::system();
        let (from, id): (_, Uuid) = (clock.now(), clock.new_id());
        let later = clock.now() + TimeDelta::milliseconds(1);
        assert!(first_id(from) <= id && id < first_id(later));
    }
}
