//! Giving a file to whoever comes with a link: opened piece by piece, from wherever they want it.

use super::{comes_back, find, secret, stage, stands};
use crate::access::{Action, Begun, Resource, Viewer, decide, require};
use crate::depot::Depot;
use crate::document::detail::{self, Detail};
use crate::error::Fault;
use crate::state::State;
use crate::vault::stream::{OVERHEAD, PIECE, Pieces, pieces, sealed_size};
use entity::code::{MediaType, ScanState};
use entity::document;
use entity::id::{BlobId, DocumentId};
use futures_util::stream::{self, Stream};
use std::ops::Range;
use std::sync::Arc;

/// A file that somebody is given.
pub struct Given {
    /// What is known of it.
    pub row: Arc<document::Model>,
    /// What is said of it.
    pub detail: Detail,
    reader: Reader,
    viewer: Viewer,
}

/// The file of this link, for whoever asked for it, if they may see what it says now. That they look is recorded when this returns.
///
/// # Errors
/// [`Fault::NotFound`] when there is no such link, its time is over, or they may not any more; those of the database.
pub async fn give(state: &Arc<State>, text: &str, begun: Begun) -> Result<Given, Fault> {
    let link = secret::Link::of(state.vault.index(), text).ok_or(Fault::NotFound)?;
    if link.expires_at <= state.clock.now() {
        return Err(Fault::NotFound);
    }
    let viewer = comes_back(state, link.session, begun).await?;
    let given = found(state, &viewer, link).await;
    state.audit.flush(&viewer).await?;
    given
}

async fn found(state: &Arc<State>, viewer: &Viewer, link: secret::Link) -> Result<Given, Fault> {
    let (row, record) = find(state, viewer, link.document).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    let content = Resource::DocumentContent(facts, stage(&row));
    require(viewer, Action::Read, &content)?;
    if row.scan != ScanState::Clean || !stands(&row) {
        return Err(Fault::NotFound);
    }
    let key = detail::open_key(record.key(&state.vault)?, &row)?;
    let reader = Reader::of(&row, key.of(row.id.0, row.patient_id.0))?;
    reader.is_whole(&state.depot).await?;
    Ok(Given {
        detail: detail::open(record.face(), &state.vault, &row)?,
        reader,
        viewer: viewer.clone(),
        row,
    })
}

impl Given {
    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.reader.size
    }

    /// What kind of file it is, for a header.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.row.media_type {
            MediaType::Pdf => "application/pdf",
            MediaType::Png => "image/png",
            MediaType::Jpeg => "image/jpeg",
            MediaType::Text => "text/plain; charset=utf-8",
        }
    }

    /// The bytes of this range, some at a time. The first are read and opened when this returns, so that what is damaged there is
    /// known before anything leaves; what turns out to be damaged further on ends it, and so does whatever takes away that they may.
    ///
    /// # Errors
    /// When the first cannot be read or do not open.
    pub async fn bytes(
        self,
        state: Arc<State>,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, Fault>> + Send + 'static, Fault> {
        let (reader, mut range) = (self.reader, range);
        let first = reader.some(&state.depot, &mut range).await?;
        let asks = (self.viewer, self.row.id);
        let rest = stream::unfold(Some((reader, range, state, asks)), |left| async move {
            let (reader, mut range, state, asks) =
                left.filter(|(_, range, ..)| !range.is_empty())?;
            let bytes = match still_may(&state, &asks).await {
                Ok(()) => reader.some(&state.depot, &mut range).await,
                Err(fault) => Err(fault),
            };
            match bytes {
                Ok(bytes) => Some((Ok(bytes), Some((reader, range, state, asks)))),
                Err(fault) => Some((Err(fault), None)),
            }
        });
        Ok(futures_util::StreamExt::chain(
            stream::iter([Ok(first)]),
            rest,
        ))
    }
}

/// That whoever is being given a file may have the rest of it: a slow reader may have lost their session, their relation or the
/// patient's leave since the first bytes.
async fn still_may(state: &State, (viewer, id): &(Viewer, DocumentId)) -> Result<(), Fault> {
    let actor = viewer.signed_in()?;
    if state.actor_now(actor).await?.is_none() {
        return Err(Fault::Unauthenticated);
    }
    let viewer = state.refreshed(viewer).await?;
    let row = state.loaders.documents.by_id.load(*id).await?;
    let row = row.filter(|row| stands(row)).ok_or(Fault::NotFound)?;
    let patient = state.loaders.patients.load(row.patient_id).await?;
    let patient = patient.ok_or(Fault::NotFound)?;
    let facts = state.facts(&viewer, &*patient).await?;
    let content = Resource::DocumentContent(facts, stage(&row));
    match decide(&viewer, Action::Read, &content).is_allowed() {
        true => Ok(()),
        false => Err(Fault::NotFound),
    }
}

/// Reads and opens the pieces of one file.
pub(super) struct Reader {
    blob: BlobId,
    pieces: Pieces,
    size: u64,
}

impl Reader {
    pub(super) fn of(row: &document::Model, pieces: Pieces) -> Result<Self, Fault> {
        Ok(Self {
            blob: row.blob_id,
            pieces,
            size: u64::try_from(row.size).map_err(Fault::internal)?,
        })
    }

    /// That as many bytes lie there as must.
    ///
    /// # Errors
    /// When there are others.
    pub(super) async fn is_whole(&self, depot: &Depot) -> Result<(), Fault> {
        match depot.size(self.blob).await? == Some(sealed_size(self.size)) {
            true => Ok(()),
            false => Err(Fault::internal("the bytes of a document are not all there")),
        }
    }

    /// The whole of it.
    pub(super) fn all(&self) -> Range<u64> {
        0..self.size
    }

    /// Some bytes from the start of the range, which is that much shorter then.
    pub(super) async fn some(
        &self,
        depot: &Depot,
        range: &mut Range<u64>,
    ) -> Result<Vec<u8>, Fault> {
        let (piece, sealed) = (PIECE as u64, (PIECE + OVERHEAD) as u64);
        let first = range.start / piece;
        let end = (first + depot.stretch() / piece).min(range.end.div_ceil(piece));
        let until = (end * sealed).min(sealed_size(self.size));
        let read = depot.read(self.blob, first * sealed..until).await?;
        let mut plain = Vec::with_capacity(read.len());
        let mut opened = Vec::with_capacity(PIECE + OVERHEAD);
        for (number, bytes) in (first..end).zip(read.chunks(PIECE + OVERHEAD)) {
            opened.clear();
            opened.extend_from_slice(bytes);
            let at = u32::try_from(number).map_err(Fault::internal)?;
            let is_last = number + 1 == pieces(self.size);
            self.pieces.open(at, is_last, &mut opened)?;
            plain.extend_from_slice(&opened);
        }
        let from = range.start - first * piece;
        let to = (range.end - first * piece).min(plain.len() as u64);
        let cut = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let cut = cut.filter(|(from, to)| from < to);
        let (from, to) = cut.ok_or_else(|| Fault::internal("a document ends before it should"))?;
        plain.truncate(to);
        plain.drain(..from);
        range.start += plain.len() as u64;
        Ok(plain)
    }
}
