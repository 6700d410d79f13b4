//! A letter in the record of the sample's first patient, shared with them: something to be given.

use super::accounts::Accounts;
use super::{Collision, Filling, written};
use crate::document::detail::{Category, Detail, seal, seal_key};
use crate::document::store;
use crate::error::Fault;
use crate::vault::DataKey;
use crate::vault::stream::StreamKey;
use chrono::TimeDelta;
use entity::code::{DocumentStatus, MediaType, RecordSource, ScanState};
use entity::document;
use entity::id::DocumentId;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

const LETTER: &str = "After your visit\n\n\
    Your blood pressure and your weight were as they should be. Go on with what you take, walk half an hour a day, and come again \
    in half a year, or before if anything worries you.\n\n\
    This letter belongs to a sample: nobody wrote it, and nobody should do what it says.\n";

/// Puts the letter where bytes lie, and its row into the database.
pub(super) async fn write(
    filling: &Filling,
    keys: &[Arc<DataKey>],
    staff: &Accounts,
) -> Result<(), Fault> {
    let (state, at) = (&filling.state, filling.now - TimeDelta::days(3));
    let (Some(patient), Some(key)) = (filling.ids.patients.first(), keys.first()) else {
        return Ok(());
    };
    let id: DocumentId = state.clock.new_id();
    let (blob, bytes) = (state.clock.new_id(), LETTER.as_bytes());
    let stream = StreamKey::generate();
    let mut piece = bytes.to_vec();
    stream.of(id.0, patient.0).seal(0, true, &mut piece)?;
    let mut incoming = state.depot.begin(blob).await?;
    incoming.take(&piece).await?;
    incoming.keep().await?;
    let detail = Detail {
        title: "After your visit".to_owned(),
        file_name: "After your visit.txt".to_owned(),
        category: Category::Consultation,
        description: None,
        sha256: Some(Sha256::digest(bytes).into()),
    };
    let row = document::Model {
        id,
        patient_id: *patient,
        series_id: id,
        edition: 1,
        status: DocumentStatus::Current,
        scan: ScanState::Clean,
        source: RecordSource::Clinic,
        media_type: MediaType::Text,
        size: i64::try_from(bytes.len()).map_err(Fault::internal)?,
        content: seal(key, id, &detail)?,
        content_key: seal_key(key, id, &stream)?,
        blob_id: blob,
        shared_at: Some(at),
        shared_version: Some(1),
        withdrawn_version: None,
        version: 1,
        created_at: at,
        updated_at: at,
        recorded_by: staff.doctors.first().map(|user| user.id()),
    };
    written::<()>(
        state
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    store::insert_rows(tx, vec![row]).await?;
                    Ok::<_, Fault>(Ok::<(), Collision>(()))
                })
            })
            .await,
    )
}
