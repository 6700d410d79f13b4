//! Entries as they are read: what many were shown at once is one entry for each of them, and so is what one request looked at in
//! many records.
//!
//! Entries of many stand among the others, in the order of their ids, and have the columns by which entries are found but for
//! who it was, or whose record. A filter about somebody is asked twice: of the entries of one each, and of those of many in the
//! streams that they followed. So is one about a patient: of those of one each, and of those that name the patient.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

use super::finding::Filter;
use super::followers::{self, Crowd};
use super::sources::sources;
use crate::audit::looked_at::{self, LookedAt};
use crate::audit::many::{first_of, id_at, id_of, just_after, just_before};
use crate::audit::shown::{self, ShownTo};
use crate::db::{Db, End, Stretch, Window, among};
use crate::error::Fault;
use entity::audit_entry::{self, Column, Model};
use entity::id::{AuditEntryId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::HashSet;

/// Entries of many that are counted one by one, at once.
const STRETCH: u64 = 500;

/// One entry that is read.
struct Found {
    row: usize,
    id: AuditEntryId,
    of: Of,
}

/// Whose it is.
enum Of {
    /// The row's own.
    Itself,
    /// Of the follower with this number, whom a row of many names at a place.
    Follower(usize, i32),
    /// Of the patient whom a row of many names.
    Patient(PatientId),
}

/// Whom a read is about, of those whom rows of many name.
#[derive(Clone, Copy, Default)]
struct Sought<'a> {
    crowd: Option<&'a Crowd>,
    patient: Option<PatientId>,
}

impl Sought<'_> {
    /// What one row stands for, in the order of the ids: of those whom it is about.
    fn found(&self, row: usize, entry: &Model) -> Vec<Found> {
        if let Some(shown) = ShownTo::of(entry) {
            let is_sought = |number: i32| {
                let crowd = self.crowd;
                crowd.is_none_or(|it| it.numbers.contains(&(entry.node, number)))
            };
            let numbers = (0..).zip(shown.numbers);
            return numbers
                .filter(|(_, number)| is_sought(*number))
                .map(|(place, number)| Found {
                    row,
                    id: id_at(entry.id, place),
                    of: Of::Follower(place, number),
                })
                .collect();
        }
        if let Some(LookedAt(patients)) = LookedAt::of(entry) {
            return patients
                .into_iter()
                .filter(|patient| self.patient.is_none_or(|it| it == *patient))
                .map(|patient| Found {
                    row,
                    id: id_of(entry.id, patient),
                    of: Of::Patient(patient),
                })
                .collect();
        }
        vec![Found {
            row,
            id: entry.id,
            of: Of::Itself,
        }]
    }
}

/// These, as entries of one each.
async fn read(db: &Db, rows: &[Model], found: &[Found]) -> Result<Vec<Model>, Fault> {
    let named = found.iter().filter_map(|it| match it.of {
        Of::Follower(_, number) => Some((rows.get(it.row)?.node, number)),
        Of::Itself | Of::Patient(_) => None,
    });
    let named = followers::all(db, named).await?;
    let entry = |it: &Found| {
        let row = rows.get(it.row)?;
        Some(match it.of {
            Of::Itself => row.clone(),
            Of::Follower(place, number) => {
                shown::one_of(row, place, named.get(&(row.node, number)))
            }
            Of::Patient(patient) => looked_at::one_of(row, patient),
        })
    };
    Ok(found.iter().filter_map(entry).collect())
}

/// The entries of these ids, of one each, in no order.
///
/// # Errors
/// Those of the database.
pub async fn looks(
    db: &Db,
    ids: impl IntoIterator<Item = AuditEntryId>,
) -> Result<Vec<Model>, Fault> {
    let ids: HashSet<AuditEntryId> = ids.into_iter().collect();
    let with_many = ids.iter().flat_map(|id| [*id, first_of(*id)]);
    let select = audit_entry::Entity::find().filter(among(db.kind(), Column::Id, with_many));
    let rows = select.all(db.read()).await?;
    let each = rows.iter().enumerate();
    let found: Vec<Found> = each
        .flat_map(|(row, entry)| Sought::default().found(row, entry))
        .filter(|it| ids.contains(&it.id))
        .collect();
    read(db, &rows, &found).await
}

/// Entries after a place, in order, that fit: of at least so many rows if there are, and all that a row stands for.
///
/// # Errors
/// Those of the database.
pub async fn filtered(
    db: &Db,
    filter: &Filter,
    mut after: i64,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    let sought = Sought {
        crowd: crowd.as_ref(),
        patient: filter.patient,
    };
    loop {
        let mut rows = Vec::new();
        for source in sources(filter, sought.crowd) {
            let select = source
                .select
                .filter(Column::Place.gt(after))
                .order_by_asc(Column::Place)
                .limit(most);
            rows.extend(select.all(db.read()).await?);
        }
        rows.sort_by_key(|row| row.place);
        rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        after = last.place;
        let each = rows.iter().enumerate();
        let found: Vec<Found> = each
            .flat_map(|(row, entry)| sought.found(row, entry))
            .collect();
        if !found.is_empty() {
            return read(db, &rows, &found).await;
        }
    }
}

/// A stretch of the entries that fit, newest first, by their ids.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    filter: &Filter,
    window: &Window<AuditEntryId>,
) -> Result<Stretch<Model>, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    let sought = Sought {
        crowd: crowd.as_ref(),
        patient: filter.patient,
    };
    let wanted = usize::try_from(window.most)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    let is_within = |id: &AuditEntryId| {
        window.after.is_none_or(|after| *id < after)
            && window.before.is_none_or(|before| *id > before)
    };
    // A row of many stands before those that it stands for.
    let mut rest = Window {
        before: window.before.map(just_before),
        ..window.clone()
    };
    let (mut all, mut picked): (Vec<Model>, Vec<Found>) = (Vec::new(), Vec::new());
    loop {
        let mut rows = Vec::new();
        for source in sources(filter, sought.crowd) {
            let select = rest.over_newest(source.select, [source.id], |id| [(*id).into()]);
            rows.extend(select.all(db.read()).await?);
        }
        rows.sort_by_key(|row| row.id);
        if window.from == End::First {
            rows.reverse();
        }
        let asked = usize::try_from(rest.most)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let is_last = rows.len() < asked;
        rows.truncate(asked);
        // Where few of many rows name whom it is asked about, more are read at once.
        rest.most = (rest.most * 4).clamp(window.most, window.most.saturating_add(STRETCH));
        for row in rows {
            match window.from {
                End::First => rest.after = Some(row.id),
                End::Last => rest.before = Some(just_after(row.id)),
            }
            let mut of_row = sought.found(all.len(), &row);
            if window.from == End::First {
                of_row.reverse();
            }
            picked.extend(of_row.into_iter().filter(|it| is_within(&it.id)));
            all.push(row);
            if picked.len() >= wanted {
                break;
            }
        }
        if is_last || picked.len() >= wanted {
            picked.truncate(wanted);
            return Ok(window.cut(read(db, &all, &picked).await?));
        }
    }
}

/// How many entries fit.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    let sought = Sought {
        crowd: crowd.as_ref(),
        patient: filter.patient,
    };
    let mut count = 0;
    for source in sources(filter, sought.crowd) {
        let each = source.each();
        let select = source.select;
        if let Some(each) = each {
            let sum: Option<Option<i64>> = select
                .select_only()
                .expr(Expr::expr(each).sum())
                .into_tuple()
                .one(db.read())
                .await?;
            count += sum.flatten().unwrap_or_default();
            continue;
        }
        let mut last = i64::MIN;
        loop {
            let rows = select
                .clone()
                .filter(Column::Place.gt(last))
                .order_by_asc(Column::Place)
                .limit(STRETCH)
                .all(db.read())
                .await?;
            let Some(end) = rows.last() else { break };
            last = end.place;
            let named = rows.iter().map(|row| sought.found(0, row).len());
            count += i64::try_from(named.sum::<usize>()).unwrap_or_default();
        }
    }
    Ok(count)
}
