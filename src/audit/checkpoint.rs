//! Checkpoints: how far the chain had come, in a place of its own. The chain alone does not show that its end was cut off.
//!
//! A checkpoint is a line of JSON, proved with the audit's key, at the end of a file that is only ever added to. The file
//! is worth most where whoever may write the database may not write it.

use super::AuditKey;
use crate::vault::keyed_hash;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// How far the chain had come at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The last link.
    pub seq: i64,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// How many links there were.
    pub count: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The proof that the server wrote it.
    pub mac: String,
}

impl Checkpoint {
    /// The checkpoint of this link.
    #[must_use]
    pub fn of(key: &AuditKey, seq: i64, hash: &[u8], at: DateTime<Utc>) -> Self {
        let mut checkpoint = Self {
            seq,
            hash: HEXLOWER.encode(hash),
            count: seq,
            at,
            mac: String::new(),
        };
        checkpoint.mac = checkpoint.proof(key);
        checkpoint
    }

    /// Whether the server wrote it as it stands.
    #[must_use]
    pub fn is_proved(&self, key: &AuditKey) -> bool {
        self.mac == self.proof(key)
    }

    fn proof(&self, key: &AuditKey) -> String {
        let parts = [
            b"pt1|audit checkpoint".as_slice(),
            &self.seq.to_be_bytes(),
            self.hash.as_bytes(),
            &self.count.to_be_bytes(),
            &self.at.timestamp_micros().to_be_bytes(),
        ];
        HEXLOWER.encode(&keyed_hash(key.secret(), &parts))
    }

    /// Adds it to the file, durably.
    ///
    /// # Errors
    /// Those of the file.
    pub fn append(&self, file: &Path) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut options = OpenOptions::new();
        options.append(true).read(true).create(true).mode(0o600);
        let mut file = options.open(file)?;
        if is_torn(&mut file)? {
            line.insert(0, b'\n');
        }
        file.write_all(&line)?;
        file.sync_all()
    }

    /// The checkpoints of a file, in its order, each with the number of its line; a line that cannot be read as one is
    /// given back as none.
    ///
    /// # Errors
    /// Those of the file.
    pub fn read(file: &Path) -> io::Result<Vec<(usize, Option<Self>)>> {
        let bytes = std::fs::read(file)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = (1..).zip(text.lines());
        Ok(lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| (number, serde_json::from_str(line).ok()))
            .collect())
    }
}

/// Whether the last line was begun and never ended: the machine stopped, or the disk was full.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
