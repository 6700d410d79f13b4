//! A bucket of an S3-compatible service.

use crate::config::Documents;
use crate::error::Fault;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{
    BackoffConfig, ClientOptions, MultipartUpload as _, ObjectStore, ObjectStoreExt as _,
    PutPayload, RetryConfig,
};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The fewest bytes that a part may have which is not the last (Amazon S3 User Guide, "Multipart upload limits").
const PART: u64 = 5 * 1024 * 1024;
/// How many files are on their way at once, each with a part in memory.
const AT_ONCE: usize = 4;

/// A bucket, and how far one may go at once.
pub(super) struct Bucket {
    store: AmazonS3,
    prefix: String,
    ways: Semaphore,
}

impl Bucket {
    /// The one that is set, if any.
    pub(super) fn new(settings: &Documents) -> Result<Option<Self>, Fault> {
        let Some(url) = &settings.bucket else {
            return Ok(None);
        };
        let endpoint = settings.s3_endpoint.as_ref();
        let client = ClientOptions::new()
            .with_allow_http(endpoint.is_some_and(|endpoint| !endpoint.is_secure()))
            .with_connect_timeout(Duration::from_secs(3))
            .with_timeout(Duration::from_secs(30));
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: 3,
            retry_timeout: Duration::from_secs(10),
        };
        let mut service = AmazonS3Builder::new()
            .with_bucket_name(url.bucket())
            .with_region(&settings.s3_region)
            .with_client_options(client)
            .with_retry(retry)
            // Not every service takes many at once, and here it is always one.
            .with_disable_bulk_delete(true);
        if let (Some(key), Some(secret)) = (&settings.s3_key_id, &settings.s3_secret) {
            service = service
                .with_access_key_id(key)
                .with_secret_access_key(secret.expose());
        }
        if let Some(endpoint) = endpoint {
            service = service.with_endpoint(endpoint.as_str());
        }
        Ok(Some(Self {
            store: service.build().map_err(Fault::internal)?,
            prefix: url.prefix().to_owned(),
            ways: Semaphore::new(AT_ONCE),
        }))
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        &self.store
    }

    /// What this is called here.
    pub(super) fn name(&self, name: &Name) -> Name {
        match self.prefix.as_str() {
            "" => name.clone(),
            prefix => Name::from(format!("{prefix}/{name}")),
        }
    }

    /// Brings what lies whole in the folder here: all of it, or nothing.
    pub(super) async fn take(&self, folder: &LocalFileSystem, name: &Name) -> Result<(), Fault> {
        let way = self.ways.acquire().await.map_err(Fault::internal)?;
        let size = folder.head(name).await.map_err(Fault::unavailable)?.size;
        let there = self.name(name);
        if size <= PART {
            let all = part(folder, name, 0, size).await?;
            let kept = self.store.put(&there, all).await;
            return kept.map(drop).map_err(Fault::unavailable);
        }
        let upload = self.store.put_multipart(&there).await;
        let mut upload = upload.map_err(Fault::unavailable)?;
        let mut taken = Ok(());
        let mut from = 0;
        while from < size && taken.is_ok() {
            let until = (from + PART).min(size);
            taken = match part(folder, name, from, until).await {
                Ok(bytes) => upload.put_part(bytes).await.map_err(Fault::unavailable),
                Err(fault) => Err(fault),
            };
            from = until;
        }
        if taken.is_ok() {
            taken = upload
                .complete()
                .await
                .map(drop)
                .map_err(Fault::unavailable);
        }
        drop(way);
        if taken.is_err() {
            // What lies there of an upload that came to nothing is not seen, and is paid for.
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "Could not call an upload to the bucket off");
            }
        }
        taken
    }
}

async fn part(
    folder: &LocalFileSystem,
    name: &Name,
    from: u64,
    until: u64,
) -> Result<PutPayload, Fault> {
    let read = folder.get_range(name, from..until).await;
    read.map(PutPayload::from).map_err(Fault::unavailable)
}
