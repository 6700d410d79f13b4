//! What opens the routes of files: the secret of a ticket, and links. Both are made of ids by the index key, so nothing of them is
//! kept, and whoever reads the database cannot make one.

use crate::vault::IndexKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::id::{DocumentId, SessionId};
use uuid::Uuid;

/// What tells a ticket from any other secret of ours.
const PREFIX: &str = "ptu_";
const TICKET: &str = "document ticket";
const LINK: &str = "document link";

fn signed(index: &IndexKey, purpose: &str, says: &[u8]) -> String {
    let mut bytes = says.to_vec();
    bytes.extend_from_slice(&index.tag(purpose, says));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read<const N: usize>(index: &IndexKey, purpose: &str, text: &str) -> Option<[u8; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (says, tag) = bytes.split_at_checked(N)?;
    let right = index.tag(purpose, says);
    let tag: [u8; 16] = tag.try_into().ok()?;
    // All of it is compared, however soon it differs.
    let differs = right
        .iter()
        .zip(&tag)
        .fold(0, |seen, (one, other)| seen | (one ^ other));
    (differs == 0).then(|| says.try_into().ok()).flatten()
}

/// The secret of the ticket of this id.
pub fn ticket(index: &IndexKey, id: DocumentId) -> String {
    format!("{PREFIX}{}", signed(index, TICKET, id.0.as_bytes()))
}

/// The ticket that this is the secret of, if it is one.
pub fn ticket_of(index: &IndexKey, text: &str) -> Option<DocumentId> {
    let id = read::<16>(index, TICKET, text.strip_prefix(PREFIX)?)?;
    Some(DocumentId(Uuid::from_bytes(id)))
}

/// What a link gives, to whom, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The document, which is one version of a file.
    pub document: DocumentId,
    /// The session in which it was asked for.
    pub session: SessionId,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

impl Link {
    /// The link as text.
    pub fn text(&self, index: &IndexKey) -> String {
        let mut says = Vec::with_capacity(40);
        says.extend_from_slice(self.document.0.as_bytes());
        says.extend_from_slice(self.session.0.as_bytes());
        says.extend_from_slice(&self.expires_at.timestamp_micros().to_be_bytes());
        signed(index, LINK, &says)
    }

    /// The link of a text, if it is one of ours.
    pub fn of(index: &IndexKey, text: &str) -> Option<Self> {
        let says = read::<40>(index, LINK, text)?;
        let id = |from: usize| Uuid::from_slice(&says[from..from + 16]).ok();
        let mut micros = [0; 8];
        micros.copy_from_slice(&says[32..]);
        Some(Self {
            document: DocumentId(id(0)?),
            session: SessionId(id(16)?),
            expires_at: DateTime::from_timestamp_micros(i64::from_be_bytes(micros))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;

    #[test]
    fn what_was_made_reads_back_and_nothing_else_does() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let other = Vault::new(&[1; 32], &[3; 32]);
        let id = DocumentId(Uuid::from_u128(7));
        let link = Link {
            document: id,
            session: SessionId(Uuid::from_u128(8)),
            expires_at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(),
        };
        let (ticket, text) = (ticket(vault.index(), id), link.text(vault.index()));
        assert_eq!(ticket_of(vault.index(), &ticket), Some(id));
        assert_eq!(Link::of(vault.index(), &text), Some(link));
        assert_eq!(ticket_of(other.index(), &ticket), None);
        assert_eq!(Link::of(other.index(), &text), None);
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(Link::of(vault.index(), &wrong).is_none(), "{at}");
        }
        for wrong in [
            "",
            "ptu_",
            &ticket[4..],
            &text[..text.len() - 1],
            &format!("{text}A"),
        ] {
            assert_eq!(ticket_of(vault.index(), wrong), None);
            assert_eq!(Link::of(vault.index(), wrong), None);
        }
    }
}
