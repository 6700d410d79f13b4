//! Finding out how doctors and patients are related: one statement for one doctor and any number of patients, or for one
//! patient and any number of doctors, and none at all for whoever is no doctor.

use super::{BrokenGlass, PatientFacts};
use crate::clock::Clock;
use crate::db::{Db, Tx, among};
use crate::error::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, BreakGlassReason};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId};
use entity::{appointment, break_glass_grant, care_team_member};
use sea_orm::sea_query::{Expr, ExprTrait as _, UnionType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use std::collections::HashMap;

/// An appointment opens the record this long before it begins…
pub const WINDOW_BEFORE: TimeDelta = TimeDelta::days(7);
/// …and until this long after.
pub const WINDOW_AFTER: TimeDelta = TimeDelta::days(30);

/// For how long a relation holds, if nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// Without an end.
    Open,
    /// Until then.
    Until(DateTime<Utc>),
}

impl Lasting {
    fn of(ends_at: Option<DateTime<Utc>>) -> Self {
        ends_at.map_or(Self::Open, Self::Until)
    }

    /// The later of two ends.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Until(one), Self::Until(another)) => Self::Until(std::cmp::max(one, another)),
            _ => Self::Open,
        }
    }

    fn end(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Open => None,
            Self::Until(at) => Some(at),
        }
    }
}

/// The relations of a doctor to a patient that open a record, as far as they hold now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// In the care team.
    pub care_team: Option<Lasting>,
    /// With an appointment in the window.
    pub appointment: Option<Lasting>,
    /// Leave without a relation, each with the session it was given in and until when it lasts.
    pub break_glass: Vec<(SessionId, DateTime<Utc>, BrokenGlass)>,
}

impl Relations {
    /// The facts with these relations, for whoever comes with this session: broken glass opens nothing in another.
    #[must_use]
    pub fn over(&self, session: SessionId, facts: PatientFacts) -> PatientFacts {
        let leave = self
            .break_glass
            .iter()
            .find(|(given_in, ..)| *given_in == session);
        let lasting = leave.map(|(_, until, _)| Lasting::Until(*until));
        let all = [self.care_team, self.appointment, lasting];
        PatientFacts {
            care_team: self.care_team.is_some(),
            appointment: self.appointment.is_some(),
            break_glass: leave.map(|(.., broken)| *broken),
            until: all.into_iter().flatten().filter_map(Lasting::end).min(),
            ..facts
        }
    }

    fn note(&mut self, relation: i32, at: Option<DateTime<Utc>>, broken: Option<Broken>) {
        let longer = |before: Option<Lasting>, now: Lasting| {
            Some(before.map_or(now, |before| before.or(now)))
        };
        match relation {
            MEMBER => self.care_team = longer(self.care_team, Lasting::of(at)),
            GRANT => {
                self.break_glass
                    .extend(at.zip(broken).map(|(until, (session, grant, reason))| {
                        (session, until, BrokenGlass { grant, reason })
                    }))
            }
            _ => {
                let ends_at = at.map(|starts_at| starts_at + WINDOW_AFTER);
                self.appointment = longer(self.appointment, Lasting::of(ends_at));
            }
        }
    }
}

/// In a row of [`relations`]: a membership, with its end.
const MEMBER: i32 = 1;
/// In a row of [`relations`]: appointments, with the beginning of the last in the window.
const MEETING: i32 = 2;
/// In a row of [`relations`]: a break-glass grant, with its end. What only it has is null in the other rows.
const GRANT: i32 = 3;

/// A grant's session, id and reason.
type Broken = (SessionId, BreakGlassGrantId, BreakGlassReason);
/// A row of [`relations`]: whose to whom, which relation, its time, and what only a grant has.
type Row = (
    DoctorId,
    PatientId,
    i32,
    Option<DateTime<Utc>>,
    Option<SessionId>,
    Option<BreakGlassGrantId>,
    Option<BreakGlassReason>,
);

/// How each of these doctors is related to each of these patients now; pairs without a relation are absent.
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "the facts of access are a store of their own, over two rooms' tables"
)]
pub async fn relations(
    db: &Db,
    clock: &Clock,
    doctors: Vec<DoctorId>,
    patients: Vec<PatientId>,
) -> Result<HashMap<(DoctorId, PatientId), Relations>, Fault> {
    let now = clock.now();
    let mut members = care_team_member::Entity::find()
        .select_only()
        .columns([
            care_team_member::Column::DoctorId,
            care_team_member::Column::PatientId,
        ])
        .expr_as(Expr::val(MEMBER), "relation")
        .column(care_team_member::Column::EndsAt)
        .exprs(nothing())
        .filter(among(
            db.kind(),
            care_team_member::Column::DoctorId,
            doctors.iter().copied(),
        ))
        .filter(among(
            db.kind(),
            care_team_member::Column::PatientId,
            patients.iter().copied(),
        ))
        .filter(care_team_member::Column::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        );
    let meetings = appointment::Entity::find()
        .select_only()
        .columns([
            appointment::Column::DoctorId,
            appointment::Column::PatientId,
        ])
        .expr_as(Expr::val(MEETING), "relation")
        .expr(appointment::Column::StartsAt.max())
        .exprs(nothing())
        .filter(among(
            db.kind(),
            appointment::Column::DoctorId,
            doctors.iter().copied(),
        ))
        .filter(among(
            db.kind(),
            appointment::Column::PatientId,
            patients.iter().copied(),
        ))
        .filter(appointment::Column::StartsAt.lte(now + WINDOW_BEFORE))
        .filter(appointment::Column::StartsAt.gte(now - WINDOW_AFTER))
        // Nobody has agreed to what is asked for or held, or not both.
        .filter(appointment::Column::Status.is_not_in([
            AppointmentStatus::Cancelled,
            AppointmentStatus::Proposed,
            AppointmentStatus::Pending,
            AppointmentStatus::EnteredInError,
        ]))
        .group_by(appointment::Column::DoctorId)
        .group_by(appointment::Column::PatientId);
    let grants = break_glass_grant::Entity::find()
        .select_only()
        .columns([
            break_glass_grant::Column::DoctorId,
            break_glass_grant::Column::PatientId,
        ])
        .expr_as(Expr::val(GRANT), "relation")
        .column(break_glass_grant::Column::ExpiresAt)
        .columns([
            break_glass_grant::Column::SessionId,
            break_glass_grant::Column::Id,
            break_glass_grant::Column::Reason,
        ])
        .filter(among(
            db.kind(),
            break_glass_grant::Column::DoctorId,
            doctors,
        ))
        .filter(among(
            db.kind(),
            break_glass_grant::Column::PatientId,
            patients,
        ))
        .filter(break_glass_grant::Column::EndedAt.is_null())
        .filter(break_glass_grant::Column::StartsAt.lte(now))
        .filter(break_glass_grant::Column::ExpiresAt.gt(now));
    QuerySelect::query(&mut members)
        .union(UnionType::All, meetings.into_query())
        .union(UnionType::All, grants.into_query());
    let rows: Vec<Row> = members.into_tuple().all(db.read()).await?;
    let mut found: HashMap<(DoctorId, PatientId), Relations> = HashMap::new();
    for (doctor, patient, relation, at, session, grant, reason) in rows {
        let broken = session.zip(grant).zip(reason);
        let broken = broken.map(|((session, grant), reason)| (session, grant, reason));
        let relations = found.entry((doctor, patient)).or_default();
        relations.note(relation, at, broken);
    }
    Ok(found)
}

/// The key of the lock behind which a doctor is brought into this patient's team. Whoever tells the team of a change waits
/// for it: else the one could see nobody to tell, and the other the patient as before.
#[must_use]
pub fn team_lock(patient: PatientId) -> String {
    format!("team:{patient}")
}

/// Who is in this patient's care team now. Call it behind [`team_lock`].
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "the facts of access are a store of their own, over two rooms' tables"
)]
pub async fn team(tx: &Tx, patient: PatientId) -> Result<Vec<DoctorId>, Fault> {
    let now = tx.clock().now();
    let members = care_team_member::Entity::find()
        .select_only()
        .column(care_team_member::Column::DoctorId)
        .distinct()
        .filter(care_team_member::Column::PatientId.eq(patient))
        .filter(care_team_member::Column::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        );
    Ok(members.into_tuple().all(tx.connection()).await?)
}

/// What only a grant has, for the rows of the others; said with its types, which PostgreSQL takes from the first select.
fn nothing() -> [Expr; 3] {
    let null = || Expr::value(sea_orm::Value::String(None));
    [
        null().cast_as("uuid"),
        null().cast_as("uuid"),
        null().cast_as("text"),
    ]
}
