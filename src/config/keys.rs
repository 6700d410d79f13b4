//! The keys: given ones are taken, embedded ones are read from the data folder or made there, and none is ever lost. What is
//! made of several master keys stands in `masters`.
//!
//! It does not know what the keys seal or sign.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::secret::Secret;
use super::value::Value;
use super::{Config, Mode, masters};

/// What others of the machine must not have on a key or its folder.
const FOR_OTHERS: u32 = 0o077;

/// The keys the server works with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Wraps the keys under which people's data is sealed.
    pub master: Secret,
    /// Open what they have wrapped, and wrap nothing.
    pub other_masters: Vec<Secret>,
    /// Signs access tokens.
    pub token: Secret,
    /// Keys the blind indexes.
    pub index: Secret,
}

/// One of the three, and what someone said about it.
struct Slot<'a> {
    name: &'static str,
    given: Option<&'a Secret>,
    /// Data written under it cannot be used with another one.
    bound_to_data: bool,
}

/// Opens the keys, or says everything that is wrong with them.
///
/// `lost` names settings that already have their fault; `may_make` is false when there are other faults: a start that is refused
/// anyway leaves nothing behind.
pub(super) fn open(config: &Config, lost: &[String], may_make: bool) -> Result<Keys, Vec<String>> {
    let slot = |name, given, bound_to_data| Slot {
        name,
        given,
        bound_to_data,
    };
    let slots = [
        slot("master", config.keys.master.as_ref(), true),
        slot("token", config.keys.token.as_ref(), false),
        slot("index", config.keys.index.as_ref(), true),
    ];
    let mut faults = Vec::new();
    let mut keys = [const { None::<Secret> }; 3];
    let mut folder = None;
    for (key, slot) in keys.iter_mut().zip(&slots) {
        if lost.contains(&format!("keys.{}", slot.name)) {
            continue;
        }
        *key = match (slot.given, config.mode) {
            (Some(given), _) => Some(given.clone()),
            (None, Mode::Production) => {
                faults.push(missing(slot.name));
                None
            }
            (None, Mode::Embedded) => {
                let opened =
                    folder.get_or_insert_with(|| Folder::open(&config.data.folder, may_make));
                let kept = match opened {
                    Ok(Some(folder)) => folder.keep(slot, config, may_make),
                    Ok(None) => Ok(None),
                    Err(why) => Err(std::mem::take(why)),
                };
                kept.unwrap_or_else(|why| {
                    // A folder that cannot be opened says so once, not once for each key.
                    faults.extend((!why.is_empty()).then_some(why));
                    None
                })
            }
        };
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        if let (Some(first), Some(second)) = (&keys[one], &keys[other])
            && first.expose() == second.expose()
        {
            faults.push(format!(
                "keys.{} and keys.{} are the same key; each needs its own",
                slots[one].name, slots[other].name
            ));
        }
    }
    let mut other_masters = config.keys.master_others.clone();
    if let (true, Some(Ok(Some(folder)))) = (masters::are_kept(config), &folder) {
        match masters::kept(folder) {
            Ok(kept) => other_masters.extend(kept),
            Err(why) => faults.push(why),
        }
    }
    faults.extend(masters::confused(config, &other_masters, &keys));
    // Given keys need no folder, but the database beside it does.
    if faults.is_empty() && may_make && config.mode == Mode::Embedded {
        let folder = &config.data.folder;
        faults.extend(
            make_folder(folder)
                .err()
                .map(|cause| format!("data.folder: {} cannot be made: {cause}", folder.display())),
        );
    }
    match keys {
        [Some(master), Some(token), Some(index)] if faults.is_empty() => Ok(Keys {
            master,
            other_masters,
            token,
            index,
        }),
        _ => Err(faults),
    }
}

/// Makes a folder and those above it, for their owner only; one that stands is left as it is.
fn make_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn missing(name: &str) -> String {
    let variable = format!("PATIENT_TRACKER_KEYS_{}", name.to_ascii_uppercase());
    format!(
        "keys.{name} is missing, and in production none is made: set {variable}, or {variable}_FILE to a file, \
         with the output of: openssl rand -base64 32"
    )
}

/// The folder of keys, locked for this process until dropped, so that two first starts make one set of keys.
///
/// Linking a finished file to its name would do without the lock but not on every file system; a lock file would outlive a crash.
pub(super) struct Folder {
    pub path: PathBuf,
    handle: File,
}

impl Folder {
    /// The folder within the data folder; none when it is not there and may not be made.
    pub fn open(data: &Path, may_make: bool) -> Result<Option<Self>, String> {
        let path = data.join("keys");
        let failed = |what: &str, cause: std::io::Error| {
            format!(
                "the key folder {} cannot be {what}: {cause}",
                path.display()
            )
        };
        if !path.exists() {
            if !may_make {
                return Ok(None);
            }
            make_folder(&path).map_err(|cause| failed("made", cause))?;
            let parent = File::open(data).and_then(|parent| parent.sync_all());
            parent.map_err(|cause| failed("made durable", cause))?;
        }
        private(&path, "700")?;
        let handle = File::open(&path).map_err(|cause| failed("opened", cause))?;
        handle.lock().map_err(|cause| failed("locked", cause))?;
        Ok(Some(Self { path, handle }))
    }

    /// The key of that name, made if there is none.
    fn keep(&self, slot: &Slot, config: &Config, may_make: bool) -> Result<Option<Secret>, String> {
        let path = self.path.join(format!("{}.key", slot.name));
        if path.exists() {
            return self.read(&path).map(Some);
        }
        let database = config.database.url.sqlite_file();
        if let Some(database) = database.filter(|_| slot.bound_to_data)
            && std::fs::metadata(&database).is_ok_and(|meta| meta.len() > 0)
        {
            return Err(format!(
                "the key {} is gone while the database {} exists: put the key back; a new one cannot read what is there",
                path.display(),
                database.display()
            ));
        }
        if !may_make {
            return Ok(None);
        }
        self.make(&path).map(Some)
    }

    /// The key of this file.
    pub fn read(&self, path: &Path) -> Result<Secret, String> {
        private(path, "600")?;
        let text = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
        let text =
            text.map_err(|cause| format!("the key {} cannot be read: {cause}", path.display()))?;
        Secret::parse(&text).map_err(|why| format!("the key {} {why}", path.display()))
    }

    /// Makes what was done to the folder's files last.
    pub fn sync(&self) -> std::io::Result<()> {
        self.handle.sync_all()
    }

    /// Makes a key that either stands complete and durable under its name, in the place of any that stood there, or not at
    /// all.
    pub fn make(&self, path: &Path) -> Result<Secret, String> {
        let key = Secret::generate()?;
        let unfinished = path.with_extension("key.new");
        let write = || -> std::io::Result<()> {
            // Left by a crash before the rename; the lock says that nobody is still writing it.
            if unfinished.exists() {
                std::fs::remove_file(&unfinished)?;
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&unfinished)?;
            file.write_all(key.encoded().as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&unfinished, path)?;
            self.handle.sync_all()
        };
        write().map_err(|cause| format!("the key {} cannot be made: {cause}", path.display()))?;
        Ok(key)
    }
}

/// Refuses a file or folder that anyone but its owner may use.
fn private(path: &Path, wanted: &str) -> Result<(), String> {
    let meta = std::fs::metadata(path)
        .map_err(|cause| format!("{} cannot be looked at: {cause}", path.display()))?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & FOR_OTHERS != 0 {
        return Err(format!(
            "{0} is open to others (mode {mode:o}): chmod {wanted} {0}, and consider whether its keys are still secret",
            path.display()
        ));
    }
    Ok(())
}
