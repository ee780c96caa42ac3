//! Counters of disks and networks, behind one face for all systems.

use sysinfo::{DiskRefreshKind, Disks};

use super::rates::Traffic;

/// Keeps the handles that counting needs.
pub(super) struct Counters {
    disks: Option<Disks>,
    #[cfg(not(target_os = "linux"))]
    networks: Option<sysinfo::Networks>,
}

impl Counters {
    pub(super) fn new() -> Self {
        Self {
            disks: Disks::new().ok(),
            #[cfg(not(target_os = "linux"))]
            networks: sysinfo::Networks::new().ok(),
        }
    }

    /// Bytes read and written by device. A device with several mounts is counted once.
    pub(super) fn disks(&mut self) -> Option<Traffic> {
        let disks = self.disks.as_mut()?;
        disks.refresh_specifics(true, DiskRefreshKind::nothing().with_io_usage());
        let counters = disks.iter().map(|disk| {
            let usage = disk.usage();
            (disk.name().to_string_lossy().into_owned(), [usage.total_read_bytes, usage.total_written_bytes])
        });
        Some(counters.collect())
    }

    /// Bytes received and sent by interface, all but loopback.
    #[cfg(target_os = "linux")]
    #[expect(clippy::unused_self, reason = "the other systems keep a handle")]
    pub(super) fn networks(&mut self) -> Option<Traffic> {
        // One file in 9 µs; the library walks a folder of files for each interface, in 168 µs.
        std::fs::read_to_string("/proc/self/net/dev").ok().map(|table| of_proc(&table))
    }

    /// Bytes received and sent by interface, all but loopback.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn networks(&mut self) -> Option<Traffic> {
        let networks = self.networks.as_mut()?;
        networks.refresh(true);
        let others = networks.iter().filter(|(name, _)| !is_loopback(&name.to_string_lossy()));
        Some(
            others
                .map(|(name, data)| (name.to_string_lossy().into_owned(), [data.total_received(), data.total_transmitted()]))
                .collect(),
        )
    }
}

/// `lo` on Linux, `lo0` elsewhere.
fn is_loopback(name: &str) -> bool {
    name.strip_prefix("lo").is_some_and(|rest| rest.chars().all(|character| character.is_ascii_digit()))
}

/// Reads the kernel's table: `name: received-bytes` and seven more numbers, then the sent bytes. Lines of another form are its
/// heading.
#[cfg(any(target_os = "linux", test))]
fn of_proc(table: &str) -> Traffic {
    let entry = |line: &str| {
        let (name, numbers) = line.split_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace();
        let received = numbers.next()?.parse().ok()?;
        let sent = numbers.nth(7)?.parse().ok()?;
        Some((name.trim().to_owned(), [received, sent]))
    };
    table.lines().filter_map(entry).filter(|(name, _)| !is_loopback(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_is_read_without_loopback() {
        let table = "Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  999   1    0    0    0     0          0         0      999       1    0    0    0     0       0          0
  eth0: 1048576 12    0    0    0     0          0         0     2048      34    0    0    0     0       0          0
 low0:1 2 3 4 5 6 7 8 9
 torn: 17 3
";
        let traffic = of_proc(table);
        assert_eq!(traffic.get("eth0"), Some(&[1_048_576, 2048]));
        assert_eq!(traffic.get("low0"), Some(&[1, 9]));
        assert_eq!(traffic.len(), 2);
        assert!(is_loopback("lo") && is_loopback("lo0") && !is_loopback("longhaul"));
    }
}
