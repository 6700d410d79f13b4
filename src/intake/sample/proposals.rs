//! A change that the first of the sample's patients asks for, open to be decided on.

use super::accounts::Accounts;
use super::{Filling, written};
use crate::chart::content::Concept;
use crate::error::Fault;
use crate::proposal;
use crate::proposal::content::{Change, Content, Field};
use crate::proposal::sealed::NewProposal;
use crate::vault::DataKey;
use entity::code::{ProposalKind, RecordStatus};
use serde_json::{Value, json};
use std::sync::Arc;

/// Writes one. A clinic of too few people has none.
pub(super) async fn write(
    filling: &Filling,
    keys: &[Arc<DataKey>],
    staff: &Accounts,
) -> Result<(), Fault> {
    let first = filling.ids.patients.first().zip(keys.first());
    let Some(((patient, key), user)) = first.zip(staff.patients.first()) else {
        return Ok(());
    };
    let says = |field, after| Change {
        field,
        before: Value::Null,
        after,
    };
    let latex = Concept {
        text: "Latex".to_owned(),
        codings: Vec::new(),
    };
    let new = NewProposal {
        id: filling.state.clock.new_id(),
        patient: *patient,
        by: user.id(),
        kind: ProposalKind::Allergy,
        record: None,
        base_version: None,
        content: Content {
            changes: vec![
                says(Field::Status, json!(RecordStatus::Active)),
                says(Field::Substance, json!(latex)),
            ],
            message: Some("My hands itch from rubber gloves.".to_owned()),
        },
    };
    let row = new.seal(key, filling.now)?;
    let outcome = filling.state.db.write(move |tx| {
        let row = row.clone();
        Box::pin(async move {
            proposal::store::insert_row(tx, row).await?;
            Ok(Ok(()))
        })
    });
    written(outcome.await)
}
