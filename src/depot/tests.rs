//! A folder keeps all or nothing.

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
    let bytes: Vec<u8> = (0..STRETCH * 2 + 9).map(|at| (at % 251) as u8).collect();
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
