//! What the system says of processes: processor time and memory of one and all it has started, and who listens where.
//! Linux only, for it reads /proc; reading it costs no tool and no rights on one's own processes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// Clock ticks a second in /proc: the kernel's interface to programs, 100 on every machine this runs on.
const TICKS: f64 = 100.0;

struct Stat {
    parent: u32,
    own: u64,
    /// Of children that have ended and were waited for.
    reaped: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and brackets: what follows its last bracket is plain.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // From the state on: parent, then (eleventh to fourteenth) ticks in user and system mode, own and reaped.
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        reaped: ticks(13)? + ticks(14)?,
    })
}

fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// The process and everything below it.
fn tree(root: u32) -> HashSet<u32> {
    let parents: Vec<(u32, u32)> = all()
        .into_iter()
        .filter_map(|pid| Some((pid, stat(pid)?.parent)))
        .collect();
    let mut tree = HashSet::from([root]);
    loop {
        let before = tree.len();
        let below = parents.iter().filter(|(_, parent)| tree.contains(parent));
        let below: Vec<u32> = below.map(|(pid, _)| *pid).collect();
        tree.extend(below);
        if tree.len() == before {
            return tree;
        }
    }
}

/// Processor seconds of a process and all below it so far.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "ticks of a few hours")]
pub fn cpu(root: u32) -> f64 {
    let ticks: u64 = tree(root)
        .into_iter()
        .filter_map(stat)
        .map(|stat| stat.own + stat.reaped)
        .sum();
    ticks as f64 / TICKS
}

/// Processor seconds of this program alone: what it has started is counted where it belongs.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "ticks of a few hours")]
pub fn own_cpu() -> f64 {
    stat(std::process::id()).map_or(0.0, |stat| stat.own as f64 / TICKS)
}

/// Kilobytes of a process and all below it that are in memory.
#[must_use]
pub fn resident(root: u32) -> u64 {
    let of = |pid: u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    tree(root).into_iter().filter_map(of).sum()
}

/// Processor seconds that the whole machine has spent so far.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "ticks of a few days")]
pub fn machine() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let fields = line.split_ascii_whitespace().skip(1).take(8);
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // The fourth is idle time, the fifth waiting for disks.
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    (ticks.iter().sum::<u64>() - idle) as f64 / TICKS
}

/// The process that has started this one.
#[must_use]
pub fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|stat| stat.parent)
}

/// The name of a process's program.
#[must_use]
pub fn name(pid: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    text.trim().to_owned()
}

/// The process that listens on this port.
#[must_use]
pub fn listening_on(port: u16) -> Option<u32> {
    let ending = format!(":{port:04X}");
    let mut inodes = HashSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table)
            .unwrap_or_default()
            .lines()
            .skip(1)
        {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            // State 0A is listening.
            if let [_, local, _, "0A", ..] = fields[..]
                && local.ends_with(&ending)
                && let Some(inode) = fields.get(9)
            {
                inodes.insert(format!("socket:[{inode}]"));
            }
        }
    }
    all().into_iter().find(|pid| holds(*pid, &inodes))
}

/// The open connections of whoever listens on this port, over IPv4: the other end, and how many bytes the system holds that
/// the other end has not taken.
#[must_use]
pub fn connections_of(port: u16) -> HashMap<SocketAddr, u64> {
    let ending = format!(":{port:04X}");
    let text = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let one = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, peer, state) = (fields.next()?, fields.next()?, fields.next()?);
        // State 01 is established; all others have begun to end.
        if !local.ends_with(&ending) || state != "01" {
            return None;
        }
        let (unsent, _) = fields.next()?.split_once(':')?;
        let (address, port) = peer.split_once(':')?;
        let address = u32::from_str_radix(address, 16).ok()?.swap_bytes();
        let port = u16::from_str_radix(port, 16).ok()?;
        let peer = SocketAddr::from((Ipv4Addr::from_bits(address), port));
        Some((peer, u64::from_str_radix(unsent, 16).ok()?))
    };
    text.lines().skip(1).filter_map(one).collect()
}

/// How many files and connections a process has open.
#[must_use]
pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

fn holds(pid: u32, inodes: &HashSet<String>) -> bool {
    let Ok(open) = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("fd")) else {
        return false;
    };
    open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .any(|link| link.to_str().is_some_and(|link| inodes.contains(link)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_parent_a_size_and_a_port() {
        let me = std::process::id();
        assert!(parent(me).is_some());
        assert!(resident(me) > 0);
        assert!(open_files(me) > 0);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(
            listening_on(listener.local_addr().unwrap().port()),
            Some(me)
        );
    }
}
