//! The master keys beside the current one: in the data folder each in a file of its own, `master-<name>.key`.
//!
//! It does not know how a key gets its name, nor whether anything is still wrapped under it.

use std::path::PathBuf;
use std::time::SystemTime;

use super::keys::Folder;
use super::secret::Secret;
use super::{Config, Mode};

/// Whether the folder keeps the master keys.
pub(super) fn are_kept(config: &Config) -> bool {
    config.mode == Mode::Embedded && config.keys.master.is_none()
}

/// When a file of the folder last came or went.
pub(super) fn stamp(config: &Config) -> Option<SystemTime> {
    let folder = are_kept(config).then(|| config.data.folder.join("keys"))?;
    std::fs::metadata(folder)
        .and_then(|meta| meta.modified())
        .ok()
}

/// The master keys of the folder but the current one.
pub(super) fn kept(folder: &Folder) -> Result<Vec<Secret>, String> {
    let files = files(folder)?;
    files.iter().map(|path| folder.read(path)).collect()
}

/// The files of these keys, in the order of their names.
fn files(folder: &Folder) -> Result<Vec<PathBuf>, String> {
    let failed = |cause| {
        let path = folder.path.display();
        format!("the key folder {path} cannot be listed: {cause}")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder.path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("master-") && name.ends_with(".key") {
            files.push(folder.path.join(&*name));
        }
    }
    files.sort();
    Ok(files)
}

/// What is wrong with these keys beside the three; `keys` are master, token and index, as far as there are any.
pub(super) fn confused(
    config: &Config,
    others: &[Secret],
    [master, token, index]: &[Option<Secret>; 3],
) -> Vec<String> {
    let same = |key: &Option<Secret>, others: &[Secret]| {
        let key = key.as_ref().map(Secret::expose);
        key.is_some_and(|key| others.iter().any(|other| other.expose() == key))
    };
    let mut faults = Vec::new();
    for (name, key) in [("token", token), ("index", index)] {
        if same(key, others) {
            faults.push(format!(
                "keys.{name} is the same key as a master key; each needs its own"
            ));
        }
    }
    // In the folder a rotation that was cut short leaves the current key under both names.
    if same(master, &config.keys.master_others) {
        faults.push(
            "keys.master is among keys.master_others too; only one key wraps, name it once"
                .to_owned(),
        );
    }
    faults
}

fn opened(config: &Config) -> Result<Folder, String> {
    if !are_kept(config) {
        return Err("the master key is given, not kept in the data folder".to_owned());
    }
    let folder = Folder::open(&config.data.folder, false)?;
    folder.ok_or_else(|| "there are no keys in the data folder yet".to_owned())
}

/// Makes a new current key; the one before is linked to its new name first, so that it always stands under one of them.
pub(super) fn make(config: &Config, former: &str) -> Result<Secret, String> {
    let folder = opened(config)?;
    let current = folder.path.join("master.key");
    let before = folder.path.join(format!("master-{former}.key"));
    let key = folder.read(&current)?;
    match before.exists() {
        // From a rotation that was cut short after this step.
        true if folder.read(&before)?.expose() == key.expose() => {}
        true => {
            let before = before.display();
            return Err(format!("{before} is another key than its name says"));
        }
        false => {
            let linked = std::fs::hard_link(&current, &before).and_then(|()| folder.sync());
            linked.map_err(|cause| format!("{} cannot be made: {cause}", before.display()))?;
        }
    }
    folder.make(&current)
}

/// Takes the keys that fit out of the folder.
pub(super) fn forget(config: &Config, fits: impl Fn(&Secret) -> bool) -> Result<usize, String> {
    let folder = opened(config)?;
    let current = folder.read(&folder.path.join("master.key"))?;
    let mut gone = 0;
    for path in files(&folder)? {
        let key = folder.read(&path)?;
        if key.expose() != current.expose() && fits(&key) {
            std::fs::remove_file(&path)
                .map_err(|cause| format!("{} cannot be deleted: {cause}", path.display()))?;
            gone += 1;
        }
    }
    let synced = folder.sync();
    synced.map_err(|cause| format!("the deletion cannot be made durable: {cause}"))?;
    Ok(gone)
}
