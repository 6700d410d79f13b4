//! An S3-compatible service with one bucket, whose requests must be signed.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// What the bucket is called, and what names in it begin with.
pub const NAME: &str = "s3://clinic/documents";
/// The key that requests are signed with.
pub const KEY: &str = "harbour";
/// Its secret.
pub const SECRET: &str = "a secret of the bucket's own";

/// The service; it ends with the process.
#[derive(Clone)]
pub struct Bucket {
    address: SocketAddr,
    folder: Arc<TempDir>,
    away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Bucket {
    /// One that listens.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("clinic")).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let bucket = Self {
            address: listener.local_addr().unwrap(),
            folder: Arc::new(folder),
            away: Arc::default(),
            asked: Arc::default(),
        };
        let here = bucket.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(here.serve(listener));
        });
        bucket
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let files = FileSystem::new(self.folder.path()).unwrap();
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let (service, here) = (service.clone(), self.clone());
            let service = hyper::service::service_fn(move |request| {
                let (service, here) = (service.clone(), here.clone());
                async move {
                    here.asked.fetch_add(1, Ordering::SeqCst);
                    if here.away.load(Ordering::SeqCst) {
                        return Err(std::io::Error::other("away"));
                    }
                    let answer = hyper::service::Service::call(&service, request).await;
                    answer.map_err(|error| std::io::Error::other(format!("{error:?}")))
                }
            });
            // A connection that breaks off is its client's.
            tokio::spawn(async move {
                drop(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                );
            });
        }
    }

    /// Where it listens, as a setting.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it hangs up on whoever asks.
    pub fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How often it was asked for something.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What lies in it, in order: the bytes of each.
    pub fn kept(&self) -> Vec<Vec<u8>> {
        let Ok(folder) = std::fs::read_dir(self.folder.path().join("clinic/documents")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .collect()
    }

    /// The parts of uploads that came to nothing yet.
    pub fn parts(&self) -> usize {
        let folder = std::fs::read_dir(self.folder.path()).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".part-")).count()
    }
}
