//! The chart by key: a page of patients with what stands in their charts is as few statements for twenty as for one.

use super::{alert, by_id, lists};
use crate::batch::Batcher;
use crate::db::{Db, among};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::code::{AlertStatus, RecordKind, RecordStatus};
use entity::id::{AppointmentId, PatientId, RecordId, UserId, VitalAlertId};
use entity::{alert_call, chart_record, chart_version, doctor, vital_alert, vital_threshold};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use std::collections::HashMap;
use std::sync::Arc;

/// The most readings of one vital sign that are looked at at once; whoever finds one more asks for a shorter time.
pub const MOST_READINGS: usize = 10_000;

/// So many of the newest readings of each vital sign say where it is going.
const FEW: i64 = 10;

/// The most alerts of a patient that are listed.
pub const MOST_ALERTS: i64 = 500;

/// Entries of a chart, in the order of their times.
pub type Records = Arc<[Arc<chart_record::Model>]>;

/// Alerts, in their order.
pub type Alerts = Arc<[Arc<vital_alert::Model>]>;

/// Whose readings, of what (by its tag), and from when until before when.
pub type Range = (PatientId, [u8; 16], DateTime<Utc>, DateTime<Utc>);

/// The chart's loaders.
pub struct Charts {
    /// Entries.
    pub records: Batcher<RecordId, Arc<chart_record::Model>>,
    /// All entries of a kind, by when they happened.
    pub of_kind: Batcher<(PatientId, RecordKind), Records>,
    /// What was written, ordered and found at a visit, by when it happened.
    pub of_encounter: Batcher<RecordId, Records>,
    /// What was added to a note, or found by an order, by when it happened.
    pub of_parent: Batcher<RecordId, Records>,
    /// All entries but vital signs, by when they happened.
    pub standing: Batcher<PatientId, Records>,
    /// The few newest vital signs of each code, code by code, the oldest first; none entered in error.
    pub recent: Batcher<PatientId, Records>,
    /// The visit of an appointment, unless it was called off or entered in error.
    pub of_appointment: Batcher<AppointmentId, Arc<chart_record::Model>>,
    /// All versions of an entry, the first first.
    pub versions: Batcher<RecordId, Arc<[Arc<chart_version::Model>]>>,
    /// Vital signs of one code in a stretch of time; those entered in error too.
    pub readings: Batcher<Range, Records>,
    /// A patient's newest vital sign of each code.
    pub latest: Batcher<PatientId, Records>,
    /// Alerts.
    pub alerts: Batcher<VitalAlertId, Arc<vital_alert::Model>>,
    /// A patient's alerts that stand so, or all: the newest [`MOST_ALERTS`], the oldest of them first.
    pub alerts_of: Batcher<(PatientId, Option<AlertStatus>), Alerts>,
    /// Who was called to an alert, in their order.
    pub calls: Batcher<VitalAlertId, Arc<[Arc<alert_call::Model>]>>,
    /// All bounds that were ever set for a patient, by their versions.
    pub thresholds: Batcher<PatientId, Arc<[Arc<vital_threshold::Model>]>>,
    /// The doctors that accounts are.
    pub doctors: Batcher<UserId, Arc<doctor::Model>>,
}

impl Charts {
    pub(super) fn over(db: &Db) -> Self {
        Self {
            records: by_id(db, chart_record::Column::Id, |row: &chart_record::Model| {
                row.id
            }),
            of_kind: of_kind(db),
            of_encounter: tied(db, chart_record::Column::EncounterId, |row| {
                row.encounter_id
            }),
            of_parent: tied(db, chart_record::Column::ParentId, |row| row.parent_id),
            standing: standing(db),
            recent: recent(db),
            of_appointment: of_appointment(db),
            versions: versions(db),
            readings: readings(db),
            latest: latest(db),
            alerts: by_id(db, vital_alert::Column::Id, |row: &vital_alert::Model| {
                row.id
            }),
            alerts_of: alert::of_patient(db),
            calls: alert::calls(db),
            thresholds: alert::thresholds(db),
            doctors: doctors(db),
        }
    }
}

fn in_time(select: Select<chart_record::Entity>) -> Select<chart_record::Entity> {
    select
        .order_by_asc(chart_record::Column::EffectiveAt)
        .order_by_asc(chart_record::Column::Id)
}

/// Kinds that are asked for at once share no statement; patients do.
fn of_kind(db: &Db) -> Batcher<(PatientId, RecordKind), Records> {
    let db = db.clone();
    Batcher::new(move |keys: Vec<(PatientId, RecordKind)>| {
        let db = db.clone();
        async move {
            let mut by_kind: HashMap<RecordKind, Vec<PatientId>> = HashMap::new();
            for (patient, kind) in keys {
                by_kind.entry(kind).or_default().push(patient);
            }
            let mut all = HashMap::new();
            for (kind, patients) in by_kind {
                let select = chart_record::Entity::find()
                    .filter(among(db.kind(), chart_record::Column::PatientId, patients))
                    .filter(chart_record::Column::Kind.eq(kind));
                let rows = in_time(select).all(db.read()).await?;
                let found = lists(rows, |row| row.patient_id).into_iter();
                all.extend(found.map(|(patient, list)| ((patient, kind), list)));
            }
            Ok(all)
        }
    })
}

fn standing(db: &Db) -> Batcher<PatientId, Records> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let select = chart_record::Entity::find()
                .filter(among(db.kind(), chart_record::Column::PatientId, patients))
                .filter(chart_record::Column::Kind.ne(RecordKind::Vital));
            let rows = in_time(select).all(db.read()).await?;
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

/// The place of each reading among those of its patient and code is counted by the database, in the one spelling that both read.
fn recent(db: &Db) -> Batcher<PatientId, Records> {
    const PLACE: &str = "ROW_NUMBER() OVER (PARTITION BY patient_id, code_index ORDER BY effective_at DESC, id DESC)";
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let ranked = chart_record::Entity::find()
                .select_only()
                .column(chart_record::Column::Id)
                .expr_as(Expr::cust(PLACE), "place")
                .filter(among(db.kind(), chart_record::Column::PatientId, patients))
                .filter(chart_record::Column::CodeIndex.is_not_null())
                .filter(chart_record::Column::Status.ne(RecordStatus::EnteredInError))
                .into_query();
            let newest = Query::select()
                .column("id")
                .from_subquery(ranked, "ranked")
                .and_where(Expr::col("place").lte(FEW))
                .to_owned();
            let mut rows = chart_record::Entity::find()
                .filter(chart_record::Column::Id.in_subquery(newest))
                .all(db.read())
                .await?;
            let code = |row: &chart_record::Model| row.code_index.clone().map(|code| code.0);
            rows.sort_by_key(|row| (code(row), row.effective_at, row.id));
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

fn of_appointment(db: &Db) -> Batcher<AppointmentId, Arc<chart_record::Model>> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<AppointmentId>| {
        let db = db.clone();
        async move {
            let void = [RecordStatus::Cancelled, RecordStatus::EnteredInError];
            let rows = chart_record::Entity::find()
                .filter(among(db.kind(), chart_record::Column::AppointmentId, ids))
                .filter(chart_record::Column::Status.is_not_in(void))
                .all(db.read())
                .await?;
            let by_id = |row: chart_record::Model| Some((row.appointment_id?, Arc::new(row)));
            Ok(rows.into_iter().filter_map(by_id).collect())
        }
    })
}

/// Entries by what they are tied to.
fn tied(
    db: &Db,
    column: chart_record::Column,
    to: fn(&chart_record::Model) -> Option<RecordId>,
) -> Batcher<RecordId, Records> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<RecordId>| {
        let db = db.clone();
        async move {
            let these = chart_record::Entity::find().filter(among(db.kind(), column, ids));
            let rows = in_time(these).all(db.read()).await?;
            // Every row has one: it was found by it.
            Ok(lists(rows, |row| to(row).unwrap_or(row.id)))
        }
    })
}

fn versions(db: &Db) -> Batcher<RecordId, Arc<[Arc<chart_version::Model>]>> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<RecordId>| {
        let db = db.clone();
        async move {
            let rows = chart_version::Entity::find()
                .filter(among(db.kind(), chart_version::Column::RecordId, ids))
                .order_by_asc(chart_version::Column::Version)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.record_id))
        }
    })
}

/// Patients of whom the same is asked share a statement. One reading more than may be looked at is read of each, so that
/// whoever asked knows that there are too many.
fn readings(db: &Db) -> Batcher<Range, Records> {
    let db = db.clone();
    Batcher::new(move |keys: Vec<Range>| {
        let db = db.clone();
        async move {
            let mut same: HashMap<_, Vec<PatientId>> = HashMap::new();
            for (patient, code, from, to) in keys {
                same.entry((code, from, to)).or_default().push(patient);
            }
            let mut all = HashMap::new();
            for ((code, from, to), patients) in same {
                let most = (MOST_READINGS + 1).saturating_mul(patients.len());
                let mut rows = taken(&db, &patients, code, (from, to), most).await?;
                if rows.len() == most && patients.len() > 1 {
                    // Of somebody there are so many that others' may be missing: each by themselves.
                    rows.clear();
                    for patient in &patients {
                        let own = [*patient];
                        rows.extend(taken(&db, &own, code, (from, to), MOST_READINGS + 1).await?);
                    }
                }
                let found = lists(rows, |row| row.patient_id).into_iter();
                all.extend(found.map(|(patient, list)| ((patient, code, from, to), list)));
            }
            Ok(all)
        }
    })
}

/// At most so many readings of one code of these patients, the oldest first.
async fn taken(
    db: &Db,
    patients: &[PatientId],
    code: [u8; 16],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    most: usize,
) -> Result<Vec<chart_record::Model>, Fault> {
    let these = among(
        db.kind(),
        chart_record::Column::PatientId,
        patients.iter().copied(),
    );
    let select = chart_record::Entity::find()
        .filter(these)
        .filter(chart_record::Column::CodeIndex.eq(BlindIndex(code.to_vec())))
        .filter(chart_record::Column::EffectiveAt.gte(from))
        .filter(chart_record::Column::EffectiveAt.lt(to));
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    Ok(in_time(select).limit(most).all(db.read()).await?)
}

fn latest(db: &Db) -> Batcher<PatientId, Records> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let valid = || {
                chart_record::Entity::find()
                    .filter(among(
                        db.kind(),
                        chart_record::Column::PatientId,
                        patients.iter().copied(),
                    ))
                    .filter(chart_record::Column::CodeIndex.is_not_null())
                    .filter(chart_record::Column::Status.ne(RecordStatus::EnteredInError))
            };
            let column = |column| Expr::col((chart_record::Entity, column));
            let newest = valid()
                .select_only()
                .column(chart_record::Column::PatientId)
                .column(chart_record::Column::CodeIndex)
                .expr(column(chart_record::Column::EffectiveAt).max())
                .group_by(chart_record::Column::PatientId)
                .group_by(chart_record::Column::CodeIndex)
                .into_query();
            let these = Expr::tuple([
                column(chart_record::Column::PatientId),
                column(chart_record::Column::CodeIndex),
                column(chart_record::Column::EffectiveAt),
            ]);
            let select = valid().filter(these.in_subquery(newest));
            let mut rows = in_time(select).all(db.read()).await?;
            // Of two readings of one moment the later record counts.
            rows.sort_by_key(|row| row.id);
            let rows: HashMap<_, _> = rows
                .into_iter()
                .map(|row| ((row.patient_id, row.code_index.clone()), row))
                .collect();
            let mut rows: Vec<_> = rows.into_values().collect();
            rows.sort_by_key(|row| (row.effective_at, row.id));
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

fn doctors(db: &Db) -> Batcher<UserId, Arc<doctor::Model>> {
    let db = db.clone();
    Batcher::new(move |users: Vec<UserId>| {
        let db = db.clone();
        async move {
            let these = among(db.kind(), doctor::Column::UserId, users);
            let rows = doctor::Entity::find().filter(these).all(db.read()).await?;
            let by_user = |row: doctor::Model| Some((row.user_id?, Arc::new(row)));
            Ok(rows.into_iter().filter_map(by_user).collect())
        }
    })
}
