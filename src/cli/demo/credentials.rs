//! The accounts of a demonstration, as a file for scripts.

use crate::cli::Failure;
use crate::intake::sample::Access;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

/// Writes the file whole or not at all, readable by its owner only.
pub(super) fn write(file: &Path, address: SocketAddr, accounts: &[Access]) -> Result<(), Failure> {
    let failed = |cause: std::io::Error| format!("{} cannot be written: {cause}", file.display());
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with mode 0600, in the same folder so that it can take the name in one step.
    let mut unfinished = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    unfinished
        .write_all(text(address, accounts).as_bytes())
        .map_err(failed)?;
    unfinished.as_file().sync_all().map_err(failed)?;
    unfinished
        .persist(file)
        .map_err(|error| failed(error.error))?;
    Ok(())
}

fn text(address: SocketAddr, accounts: &[Access]) -> String {
    let accounts: Vec<serde_json::Value> = accounts
        .iter()
        .map(|access| {
            serde_json::json!({
                "role": access.role.code(),
                "email": access.email,
                "password": access.password,
            })
        })
        .collect();
    let all = serde_json::json!({
        "url": format!("http://{address}/graphql"),
        "wsUrl": format!("ws://{address}/graphql/ws"),
        "accounts": accounts,
    });
    format!("{all:#}\n")
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::intake::sample::{Access, Role};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_file_is_for_its_owner_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.json");
        let access = Access {
            role: Role::Admin,
            email: "admin1@clinic.example".to_owned(),
            password: "p".to_owned(),
        };
        for _ in 0..2 {
            write(
                &file,
                "127.0.0.1:9".parse().unwrap(),
                std::slice::from_ref(&access),
            )
            .unwrap();
        }
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(&file).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["wsUrl"], "ws://127.0.0.1:9/graphql/ws");
        assert_eq!(read["accounts"][0]["role"], "ADMIN");
    }
}
