//! Looking through a chart: what was asked for is read in one statement, and what it says is looked through when it is open.

use super::{find_patient, resource, resource_of};
use crate::access::{Action, Viewer, decide, require};
use crate::chart::content::Word;
use crate::chart::search::{MOST_SEARCHED, says, wanted};
use crate::chart::{sealed, store};
use crate::error::Fault;
use crate::patient::PatientRecord;
use crate::state::State;
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::PatientId;
use sea_orm::Iterable as _;
use serde_json::Value;
use std::sync::Arc;

/// Which entries of a chart are asked for; everything given must hold.
pub struct Search {
    /// Of whose chart.
    pub patient: PatientId,
    /// Of one of these kinds; of any when there are none.
    pub kinds: Vec<RecordKind>,
    /// Standing so; all but those entered in error when there are none.
    pub statuses: Vec<RecordStatus>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Until before this one.
    pub to: Option<DateTime<Utc>>,
    /// Words that they say, each by its beginning.
    pub text: Option<String>,
}

/// The entries that are asked for, by when they happened, as far as the viewer may read them.
///
/// # Errors
/// Not found when the viewer may not read what is asked for of this chart; bad request when there is more than is looked
/// through at once, or the text has no words; those of the database.
pub async fn search(
    state: &State,
    viewer: &Viewer,
    search: Search,
) -> Result<(Vec<Arc<chart_record::Model>>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let record = find_patient(state, viewer, search.patient).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    let mut kinds: Vec<RecordKind> = match search.kinds.is_empty() {
        true => RecordKind::iter().collect(),
        false => search.kinds,
    };
    kinds.sort();
    kinds.dedup();
    let words = search.text.as_deref().map(|text| {
        wanted(text).ok_or(Fault::BadRequest(
            "The text searched for has no words, or is too long.",
        ))
    });
    let words = words.transpose()?;
    let mut granted = None;
    for kind in &kinds {
        let resource = resource(*kind, Word::OF_ANY, facts);
        granted = Some(require(viewer, Action::Read, &resource)?);
    }
    let Some(granted) = granted else {
        return Ok((Vec::new(), record));
    };
    let wish = store::Wish {
        kinds,
        statuses: search.statuses,
        from: search.from,
        to: search.to,
        most: MOST_SEARCHED + 1,
    };
    let mut rows = store::search(&state.db, granted, record.id(), wish).await?;
    if rows.len() as u64 > MOST_SEARCHED {
        return Err(Fault::BadRequest(
            "There are more than 2,000 entries; ask for fewer kinds or a shorter time.",
        ));
    }
    rows.retain(|row| decide(viewer, Action::Read, &resource_of(row, facts)).is_allowed());
    let Some(words) = words else {
        return Ok((rows, record));
    };
    let mut found = Vec::new();
    for row in rows {
        let content: Value = sealed::open_any(record.face(), &state.vault, &row)?;
        if says(&content, &words) {
            found.push(row);
        }
    }
    Ok((found, record))
}
