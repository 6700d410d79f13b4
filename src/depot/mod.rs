//! Where the sealed bytes of documents lie: a folder, or a bucket of an S3-compatible service, by way of `object_store`.
//!
//! It knows names that are numbers and bytes that are sealed. It refuses to know whose they are and what they say. Bytes come to
//! the folder first, under a name of their own; when all of them are there they are flushed to the disk, given their name, and the
//! folder is flushed too: under its name there is all of it or nothing. Where there is a bucket they then go there, and leave the
//! folder: whoever sends slowly holds a file, not memory, and the service never hears of what comes to nothing. Nothing is ever
//! written over, and nothing is looked for: whoever has bytes put here has noted their name before, and so can take away what was
//! left behind.

mod bucket;
mod incoming;
#[cfg(test)]
mod tests;

use crate::config::Documents;
use crate::error::Fault;
use bucket::Bucket;
use entity::id::BlobId;
pub use incoming::Incoming;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};
use std::fs::DirBuilder;
use std::ops::{Deref, Range};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many bytes are handed on at once to a folder, and read from it.
const STRETCH: usize = 128 * 1024;
/// How many bytes are asked for at once of a service, where each question takes time.
const FAR_STRETCH: u64 = 512 * 1024;
/// How often bringing the same thing can have been begun.
const LEFT: u32 = 8;

/// Where the sealed bytes lie.
pub struct Depot {
    folder: Arc<LocalFileSystem>,
    path: PathBuf,
    bucket: Option<Arc<Bucket>>,
}

impl Depot {
    /// In the bucket, if one is set, by way of the folder, or in the folder.
    ///
    /// # Errors
    /// When the folder cannot be made or opened, or the service is set wrongly; whether a service answers is not asked.
    pub fn new(settings: &Documents) -> Result<Self, Fault> {
        let folder = Self::in_folder(&settings.folder)?;
        let bucket = Bucket::new(settings)?.map(Arc::new);
        Ok(Self { bucket, ..folder })
    }

    /// In this folder, which is made if it is not there, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn in_folder(folder: &Path) -> Result<Self, Fault> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(Fault::unavailable)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(Fault::unavailable)?;
        Ok(Self {
            folder: Arc::new(store.with_fsync(true)),
            path: folder.to_owned(),
            bucket: None,
        })
    }

    /// Begins to take bytes under this name. Dropped before [`Incoming::keep`], they are forgotten.
    ///
    /// # Errors
    /// When they cannot be taken.
    pub async fn begin(&self, blob: BlobId) -> Result<Incoming, Fault> {
        Incoming::begin(&self.folder, self.bucket.clone(), name(blob)).await
    }

    /// How many bytes are best read at once.
    #[must_use]
    pub fn stretch(&self) -> u64 {
        match self.bucket {
            None => STRETCH as u64,
            Some(_) => FAR_STRETCH,
        }
    }

    /// How many bytes lie under this name; none when there are none.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn size(&self, blob: BlobId) -> Result<Option<u64>, Fault> {
        let (store, name) = self.kept(blob);
        match store.head(&name).await {
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
        let (store, name) = self.kept(blob);
        let read = store.get_range(&name, range).await;
        read.map_err(Fault::unavailable)
    }

    /// Takes away what lies under this name, and what was left of bringing it. It is no mistake if there is nothing.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub async fn forget(&self, blob: BlobId) -> Result<(), Fault> {
        let (store, named) = self.kept(blob);
        match store.delete(&named).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(Fault::unavailable(error)),
        }
        let name = name(blob);
        // On its way to a bucket it was here whole; until it was whole, it is called so, a sign, and a number.
        if self.bucket.is_some() {
            self.remove(name.as_ref()).await?;
        }
        for number in 1..=LEFT {
            if !self.remove(&format!("{name}#{number}")).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether there was a file of this name in the folder, which is gone now.
    async fn remove(&self, name: &str) -> Result<bool, Fault> {
        match tokio::fs::remove_file(self.path.join(name)).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Fault::unavailable(error)),
        }
    }

    /// Where it lies when it is kept, and what it is called there.
    fn kept(&self, blob: BlobId) -> (&dyn ObjectStore, Name) {
        let name = name(blob);
        match &self.bucket {
            None => (&*self.folder, name),
            Some(bucket) => (bucket.store(), bucket.name(&name)),
        }
    }
}

fn name(blob: BlobId) -> Name {
    Name::from(blob.0.simple().to_string())
}
