//! Bytes on their way to where they lie.

use super::STRETCH;
use super::bucket::Bucket;
use crate::error::Fault;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{MultipartUpload, ObjectStoreExt as _};
use std::sync::Arc;

/// Bytes on their way.
pub struct Incoming {
    folder: Arc<LocalFileSystem>,
    bucket: Option<Arc<Bucket>>,
    name: Name,
    upload: Box<dyn MultipartUpload>,
    part: Vec<u8>,
}

impl Incoming {
    pub(super) async fn begin(
        folder: &Arc<LocalFileSystem>,
        bucket: Option<Arc<Bucket>>,
        name: Name,
    ) -> Result<Self, Fault> {
        let upload = folder.put_multipart(&name).await;
        Ok(Self {
            folder: Arc::clone(folder),
            bucket,
            name,
            upload: upload.map_err(Fault::unavailable)?,
            part: Vec::with_capacity(STRETCH),
        })
    }

    /// Takes some more.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.part.extend_from_slice(bytes);
        match self.part.len() < STRETCH {
            true => Ok(()),
            false => self.hand_on().await,
        }
    }

    async fn hand_on(&mut self) -> Result<(), Fault> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(STRETCH));
        let written = self.upload.put_part(part.into()).await;
        written.map_err(Fault::unavailable)
    }

    /// That was all: when this returns they are kept, under their name.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn keep(mut self) -> Result<(), Fault> {
        if !self.part.is_empty() {
            self.hand_on().await?;
        }
        let kept = self.upload.complete().await;
        kept.map_err(Fault::unavailable)?;
        let Some(bucket) = &self.bucket else {
            return Ok(());
        };
        let taken = bucket.take(&self.folder, &self.name).await;
        if let Err(error) = self.folder.delete(&self.name).await {
            tracing::warn!(%error, "Could not take away what is in the bucket, or was to be");
        }
        taken
    }
}
