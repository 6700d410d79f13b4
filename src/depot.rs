//! Where the sealed bytes of documents lie: a folder, by way of `object_store`.
//!
//! It knows names that are numbers and bytes that are sealed. It refuses to know whose they are and what they say. Bytes come
//! under a name of their own first; when all of them are there they are flushed to the disk, given their name, and the folder is
//! flushed too: under its name there is all of it or nothing. Nothing is ever written over, and nothing is looked for: whoever has
//! bytes put here has noted their name before, and so can take away what was left behind.

use crate::error::Fault;
use entity::id::BlobId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt as _};
use std::fs::DirBuilder;
use std::ops::{Deref, Range};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many bytes are handed on at once.
const PART: usize = 128 * 1024;

/// Where the sealed bytes lie.
pub struct Depot {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
}

impl Depot {
    /// In this folder, which is made if it is not there, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn in_folder(folder: &Path) -> Result<Self, Fault> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(Fault::unavailable)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(Fault::unavailable)?;
        Ok(Self {
            store: Arc::new(store.with_fsync(true)),
            folder: folder.to_owned(),
        })
    }

    /// Begins to take bytes under this name. Dropped before [`Incoming::keep`], they are forgotten.
    ///
    /// # Errors
    /// When they cannot be taken.
    pub async fn begin(&self, blob: BlobId) -> Result<Incoming, Fault> {
        let upload = self.store.put_multipart(&name(blob)).await;
        Ok(Incoming {
            upload: upload.map_err(Fault::unavailable)?,
            part: Vec::with_capacity(PART),
        })
    }

    /// How many bytes lie under this name; none when there are none.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn size(&self, blob: BlobId) -> Result<Option<u64>, Fault> {
        match self.store.head(&name(blob)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Fault::unavailable(error)),
        }
    }

    /// Some of the bytes under this name.
    ///
    /// # Errors
    /// When they are not there or cannot be read.
    pub async fn read(
        &self,
        blob: BlobId,
        range: Range<u64>,
    ) -> Result<impl Deref<Target = [u8]> + use<>, Fault> {
        let read = self.store.get_range(&name(blob), range).await;
        read.map_err(Fault::unavailable)
    }

    /// Takes away what lies under this name, and what was left of bringing it. It is no mistake if there is nothing.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub async fn forget(&self, blob: BlobId) -> Result<(), Fault> {
        match self.store.delete(&name(blob)).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(Fault::unavailable(error)),
        }
        let name = blob.0.simple().to_string();
        // Under the name that it had until it was whole, it is called so, a sign, and a number.
        for number in 1..=LEFT {
            let left = self.folder.join(format!("{name}#{number}"));
            match tokio::fs::remove_file(left).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(Fault::unavailable(error)),
            }
        }
        Ok(())
    }
}

/// How often bringing the same thing can have been begun.
const LEFT: u32 = 8;

fn name(blob: BlobId) -> Name {
    Name::from(blob.0.simple().to_string())
}

/// Bytes on their way.
pub struct Incoming {
    upload: Box<dyn MultipartUpload>,
    part: Vec<u8>,
}

impl Incoming {
    /// Takes some more.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.part.extend_from_slice(bytes);
        match self.part.len() < PART {
            true => Ok(()),
            false => self.hand_on().await,
        }
    }

    async fn hand_on(&mut self) -> Result<(), Fault> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        let written = self.upload.put_part(part.into()).await;
        written.map_err(Fault::unavailable)
    }

    /// That was all: when this returns they are on the disk, under their name.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn keep(mut self) -> Result<(), Fault> {
        if !self.part.is_empty() {
            self.hand_on().await?;
        }
        let kept = self.upload.complete().await;
        kept.map(drop).map_err(Fault::unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use uuid::Uuid;

    #[tokio::test]
    async fn bytes_are_there_whole_or_not_at_all_and_go_without_a_trace() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("documents");
        let depot = Depot::in_folder(&folder).unwrap();
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let blob = BlobId(Uuid::from_u128(7));
        let bytes: Vec<u8> = (0..PART * 2 + 9).map(|at| (at % 251) as u8).collect();
        let mut incoming = depot.begin(blob).await.unwrap();
        incoming.take(&bytes).await.unwrap();
        assert_eq!(depot.size(blob).await.unwrap(), None);
        incoming.keep().await.unwrap();
        assert_eq!(depot.size(blob).await.unwrap(), Some(bytes.len() as u64));
        assert_eq!(&*depot.read(blob, 3..9).await.unwrap(), &bytes[3..9]);
        // What was left by one who was killed.
        let left = folder.join(format!("{}#1", blob.0.simple()));
        std::fs::write(&left, "half").unwrap();
        for _ in 0..2 {
            depot.forget(blob).await.unwrap();
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        }
        assert!(depot.read(blob, 0..1).await.is_err());
    }
}
