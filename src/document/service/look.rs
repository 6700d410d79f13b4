//! Looking through what is in quarantine. Each copy does it; which of two that look at the same one notes it first does not matter.

use super::changed;
use super::give::Reader;
use crate::document::{detail, store};
use crate::error::{Fault, Outcome};
use crate::patient::PatientRecord;
use crate::patient::service::tell_team;
use crate::scan::Found;
use crate::state::State;
use entity::code::ScanState;
use entity::document;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often is looked for what nobody has spoken of: what another copy brought, what a scanner could not take.
const PAUSE: Duration = Duration::from_secs(10);
/// How many are taken up at once.
const SOME: u64 = 20;

/// Looks through what is in quarantine for as long as the server runs; without a scanner there is nothing to do.
pub async fn look_through(state: Arc<State>) {
    if !state.scanner.is_any() {
        return;
    }
    loop {
        if let Err(fault) = all(&state).await {
            tracing::warn!(?fault, "Could not look for files in quarantine");
        }
        // Which one it is does not matter: the table says.
        drop(tokio::time::timeout(PAUSE, state.scans.rung()).await);
    }
}

async fn all(state: &Arc<State>) -> Result<(), Fault> {
    for row in store::quarantined(&state.db, SOME).await? {
        if let Err(fault) = one(state, &row).await {
            tracing::warn!(?fault, document.id = %row.id, "Could not look through a file; it stays in quarantine");
        }
    }
    Ok(())
}

async fn one(state: &Arc<State>, row: &document::Model) -> Result<(), Fault> {
    let Some(patient) = state.loaders.patients.load(row.patient_id).await? else {
        return Ok(());
    };
    let record = PatientRecord::new(patient);
    let key = detail::open_key(record.key(&state.vault)?, row)?;
    let reader = Reader::of(row, key.of(row.id.0, row.patient_id.0))?;
    reader.is_whole(&state.depot).await?;
    let Some(mut looking) = state.scanner.begin().await? else {
        return Ok(());
    };
    let mut left = reader.all();
    while !left.is_empty() {
        let bytes = reader.some(&state.depot, &mut left).await?;
        looking.show(&bytes).await?;
    }
    let found = match looking.found().await? {
        Found::Nothing => ScanState::Clean,
        Found::Something => ScanState::Refused,
    };
    let Ok(noted) = note(state, row, found).await?;
    if noted && found == ScanState::Refused {
        tracing::warn!(document.id = %row.id, "Refused a file that the scanner found something in");
        super::sweep::throw_away(state, row.blob_id).await?;
    }
    Ok(())
}

async fn note(state: &State, row: &document::Model, found: ScanState) -> Outcome<bool, Infallible> {
    let (id, patient, blob) = (row.id, row.patient_id, row.blob_id);
    state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(version) = store::scanned(tx, id, found).await? else {
                    return Ok(Ok(false));
                };
                if found == ScanState::Refused {
                    store::doom(tx, blob).await?;
                }
                tell_team(tx, patient, vec![changed(patient, id, version)]).await?;
                Ok(Ok(true))
            })
        })
        .await
}
