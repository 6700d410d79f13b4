//! Bringing a file: piece by piece, of which one is in memory at a time.

use super::{authority, changed, comes_back, secret, source};
use crate::access::{Action, Begun, Granted, Resource, Stage, Viewer};
use crate::depot::Incoming;
use crate::document::detail::{self, Detail};
use crate::document::kind::{Inspector, Wrong};
use crate::document::store;
use crate::error::{Fault, Outcome};
use crate::patient::PatientRecord;
use crate::patient::service::{find_patient, tell_team};
use crate::patient::store::stays;
use crate::state::State;
use crate::vault::stream::{OVERHEAD, PIECE, Pieces, StreamKey};
use chrono::TimeDelta;
use entity::code::{DocumentStatus, RecordSource, ScanState};
use entity::id::DocumentId;
use entity::{document, document_upload};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BringRefusal {
    /// There is no such ticket, or whoever asked for it may not any more.
    TicketInvalid,
    /// Its time is over.
    TicketExpired,
    /// It was used before.
    TicketUsed,
    /// It has another number of bytes than was said.
    WrongLength,
    /// Something is wrong with what is in it.
    Wrong(Wrong),
    /// What it would replace has changed since.
    Conflict,
}

/// What was brought.
#[derive(Clone, Copy, Debug)]
pub struct Brought {
    /// The document.
    pub id: DocumentId,
    /// Whether it may be given to anybody yet.
    pub scan: ScanState,
}

/// A file on its way.
pub struct Bringing {
    state: Arc<State>,
    viewer: Viewer,
    ticket: document_upload::Model,
    record: PatientRecord,
    detail: Detail,
    key: StreamKey,
    pieces: Pieces,
    inspector: Inspector,
    hash: Sha256,
    /// What of the next piece has come.
    piece: Vec<u8>,
    at: u32,
    left: u64,
    incoming: Incoming,
}

/// Begins to take the file that this ticket is for; the ticket is used up by that. How long it may take stands in the answer.
///
/// # Errors
/// Those of the database and of where bytes lie.
pub async fn begin(
    state: &Arc<State>,
    shown: &str,
    length: u64,
    begun: Begun,
) -> Outcome<(Bringing, TimeDelta), BringRefusal> {
    const NONE: BringRefusal = BringRefusal::TicketInvalid;
    let Some(id) = secret::ticket_of(state.vault.index(), shown) else {
        return Ok(Err(NONE));
    };
    let Some(ticket) = store::ticket(&state.db, id).await? else {
        return Ok(Err(NONE));
    };
    let (viewer, record, granted) = match may(state, &ticket, begun).await {
        Ok(may) => may,
        Err(Fault::NotFound | Fault::Forbidden | Fault::Unauthenticated) => return Ok(Err(NONE)),
        Err(fault) => return Err(fault),
    };
    let refusal = if ticket.used_at.is_some() {
        Some(BringRefusal::TicketUsed)
    } else if ticket.expires_at <= state.clock.now() {
        Some(BringRefusal::TicketExpired)
    } else if u64::try_from(ticket.size).ok() != Some(length) {
        Some(BringRefusal::WrongLength)
    } else {
        None
    };
    if let Some(refusal) = refusal {
        return refused(state, &viewer, refusal).await;
    }
    let owner = record.key(&state.vault)?;
    let detail = detail::open_coming(owner, id, &ticket.content)?;
    let used = state.db.write(move |tx| {
        Box::pin(async move {
            let used = store::use_up(tx, granted, id).await?;
            Ok(used.then_some(()).ok_or(BringRefusal::TicketUsed))
        })
    });
    if let Err(refusal) = used.await? {
        return refused(state, &viewer, refusal).await;
    }
    let key = StreamKey::generate();
    let bringing = Bringing {
        pieces: key.of(id.0, ticket.patient_id.0),
        key,
        inspector: Inspector::new(ticket.media_type),
        hash: Sha256::new(),
        piece: Vec::with_capacity(PIECE + OVERHEAD),
        at: 0,
        left: length,
        incoming: state.depot.begin(ticket.blob_id).await?,
        state: Arc::clone(state),
        viewer,
        ticket,
        record,
        detail,
    };
    Ok(Ok((bringing, state.rules.documents.ticket)))
}

/// What is allowed and not done is recorded as failed.
async fn refused<T>(
    state: &State,
    viewer: &Viewer,
    refusal: BringRefusal,
) -> Outcome<T, BringRefusal> {
    state.audit.flush(viewer).await?;
    Ok(Err(refusal))
}

/// Who brings it, and that they may: now.
async fn may(
    state: &State,
    ticket: &document_upload::Model,
    begun: Begun,
) -> Result<(Viewer, PatientRecord, Granted), Fault> {
    let viewer = comes_back(state, ticket.session_id, begun).await?;
    let asked = asked(state, &viewer, ticket).await;
    if asked.is_err() {
        // That they tried is recorded, though they are told nothing.
        state.audit.flush(&viewer).await?;
    }
    let (record, granted) = asked?;
    Ok((viewer, record, granted))
}

async fn asked(
    state: &State,
    viewer: &Viewer,
    ticket: &document_upload::Model,
) -> Result<(PatientRecord, Granted), Fault> {
    let record = find_patient(state, viewer, ticket.patient_id).await?;
    let action = match ticket.replaces_id {
        None => Action::Create,
        Some(_) => Action::Update,
    };
    let of = |facts| Resource::Document(facts, Stage::Kept);
    let granted = authority(state, viewer, &record, action, of).await?;
    Ok((record, granted))
}

impl Bringing {
    /// Takes some more bytes.
    ///
    /// # Errors
    /// Those of where bytes lie.
    pub async fn take(&mut self, mut bytes: &[u8]) -> Outcome<(), BringRefusal> {
        let length = bytes.len() as u64;
        let Some(left) = self.left.checked_sub(length) else {
            return Ok(Err(BringRefusal::WrongLength));
        };
        self.left = left;
        if let Err(wrong) = self.inspector.take(bytes) {
            return Ok(Err(BringRefusal::Wrong(wrong)));
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            // A full piece is sealed once it is known not to be the last.
            if self.piece.len() == PIECE {
                self.seal(false).await?;
            }
            let some = bytes.len().min(PIECE - self.piece.len());
            self.piece.extend_from_slice(&bytes[..some]);
            bytes = &bytes[some..];
        }
        Ok(Ok(()))
    }

    /// Nothing comes of it: what has come is forgotten, and that it was tried is recorded.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn give_up(self) -> Result<(), Fault> {
        self.state.audit.flush(&self.viewer).await
    }

    async fn seal(&mut self, is_last: bool) -> Result<(), Fault> {
        self.pieces.seal(self.at, is_last, &mut self.piece)?;
        self.incoming.take(&self.piece).await?;
        self.piece.clear();
        self.at += 1;
        Ok(())
    }

    /// That was all: the bytes are kept, and the document is there. Whether they may is asked once more.
    ///
    /// # Errors
    /// Those of the database and of where bytes lie.
    pub async fn finish(mut self) -> Outcome<Brought, BringRefusal> {
        if self.left > 0 {
            return refused(&self.state, &self.viewer, BringRefusal::WrongLength).await;
        }
        self.seal(true).await?;
        let Self {
            state,
            viewer,
            ticket,
            record,
            mut detail,
            key,
            inspector,
            hash,
            incoming,
            ..
        } = self;
        if let Err(wrong) = inspector.end() {
            return refused(&state, &viewer, BringRefusal::Wrong(wrong)).await;
        }
        detail.sha256 = Some(hash.finalize().into());
        if let Err(fault) = incoming.keep().await {
            // Whoever is erased meanwhile takes the bytes with them.
            let now = state.refreshed(&viewer).await?;
            return match asked(&state, &now, &ticket).await {
                Err(Fault::NotFound | Fault::Forbidden | Fault::Unauthenticated) => {
                    refused(&state, &viewer, BringRefusal::TicketInvalid).await
                }
                Ok(_) | Err(_) => Err(fault),
            };
        }
        let written = write(&state, &viewer, (&ticket, &record), (&detail, &key)).await;
        let refusal = match written {
            Ok(Ok(brought)) => {
                if brought.scan == ScanState::Quarantined {
                    state.scans.ring([brought.id]);
                }
                return Ok(Ok(brought));
            }
            Ok(Err(refusal)) => refusal,
            Err(Fault::NotFound | Fault::Forbidden | Fault::Unauthenticated) => {
                BringRefusal::TicketInvalid
            }
            // Nobody knows whether the row is there: if it is not, the sweep takes the bytes.
            Err(fault) => return Err(fault),
        };
        if let Err(fault) = state.depot.forget(ticket.blob_id).await {
            tracing::warn!(
                ?fault,
                "Could not take away the bytes of a file; trying again later"
            );
        }
        refused(&state, &viewer, refusal).await
    }
}

async fn write(
    state: &State,
    viewer: &Viewer,
    (ticket, record): (&document_upload::Model, &PatientRecord),
    (detail, key): (&Detail, &StreamKey),
) -> Outcome<Brought, BringRefusal> {
    let viewer = state.refreshed(viewer).await?;
    let (_, granted) = asked(state, &viewer, ticket).await?;
    let series = match ticket.replaces_id {
        None => None,
        Some(id) => {
            let before = state.loaders.documents.by_id.load(id).await?;
            Some(before.ok_or(Fault::NotFound)?)
        }
    };
    let (owner, now) = (record.key(&state.vault)?, state.clock.now());
    let source = source(&viewer, ticket.patient_id);
    let is_own = source == RecordSource::Patient;
    let row = document::Model {
        id: ticket.id,
        patient_id: ticket.patient_id,
        series_id: series.as_ref().map_or(ticket.id, |before| before.series_id),
        edition: series.as_ref().map_or(1, |before| before.edition + 1),
        status: DocumentStatus::Current,
        scan: match state.scanner.is_any() {
            true => ScanState::Quarantined,
            false => ScanState::Clean,
        },
        source,
        media_type: ticket.media_type,
        size: ticket.size,
        content: detail::seal(owner, ticket.id, detail)?,
        content_key: detail::seal_key(owner, ticket.id, key)?,
        blob_id: ticket.blob_id,
        shared_at: is_own.then_some(now),
        shared_version: is_own.then_some(1),
        withdrawn_version: None,
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(ticket.user_id),
    };
    let replaced = ticket.replaces_id.zip(ticket.expected_version);
    let brought = Brought {
        id: row.id,
        scan: row.scan,
    };
    let row = Arc::new(row);
    let written = state.write(&viewer, move |tx| {
        let row = Arc::clone(&row);
        Box::pin(async move {
            stays(tx, row.patient_id).await?;
            let mut facts = Vec::new();
            if let Some((before, version)) = replaced {
                if !store::supersede(tx, granted, (before, version)).await? {
                    return Ok(Err(BringRefusal::Conflict));
                }
                facts.push(changed(row.patient_id, before, version + 1));
            }
            store::insert(tx, granted, (*row).clone()).await?;
            facts.push(changed(row.patient_id, row.id, 1));
            tell_team(tx, row.patient_id, facts).await?;
            Ok(Ok(()))
        })
    });
    crate::accept!(written.await?);
    Ok(Ok(brought))
}
