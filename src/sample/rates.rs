//! What two readings say together. Pure: no clock, no system.

use std::{collections::BTreeMap, time::Instant};

use crate::model::{Disk, Memory, Network, ProcessSample, SystemSample};

/// Bytes in and out since some beginning, by device or interface.
pub(super) type Traffic = BTreeMap<String, [u64; 2]>;

/// What the system said at one moment; what it did not say is `None`.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) at: Instant,
    /// Busy share of all processors and of each, 0 to 100; the system reckons it since the reading before.
    pub(super) cpu: Option<(f32, Vec<f32>)>,
    pub(super) load: Option<[f64; 3]>,
    pub(super) memory: Option<Memory>,
    pub(super) swap: Option<Memory>,
    /// Used share of the home's volume, 0 to 100.
    pub(super) volume_percent: Option<f32>,
    pub(super) disks: Option<Traffic>,
    pub(super) networks: Option<Traffic>,
    pub(super) own: Option<ProcessReading>,
}

/// What the system said of one process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProcessReading {
    pub(super) at: Instant,
    pub(super) pid: u32,
    /// When the process started, in the system's own seconds: tells a process from a later one with its number.
    pub(super) started: u64,
    /// Processor time since its start, in ms.
    pub(super) cpu_ms: u64,
    pub(super) rss_bytes: u64,
}

/// The sample of `now`; rates need the reading `before`.
pub(super) fn sample(before: Option<&Reading>, now: &Reading, workers: Vec<ProcessSample>) -> SystemSample {
    let seconds = before.map(|before| now.at.saturating_duration_since(before.at).as_secs_f64());
    let rates = |of: fn(&Reading) -> Option<&Traffic>| {
        Some((of(before?)?, of(now)?)).and_then(|(old, new)| per_second(old, new, seconds?))
    };
    let [read, written] = split(rates(|reading| reading.disks.as_ref()));
    let [received, sent] = split(rates(|reading| reading.networks.as_ref()));
    let (cpu_percent, cpus) = match &now.cpu {
        Some((all, each)) => (percent(*all), each.iter().map(|busy| percent(*busy).unwrap_or(0.0)).collect()),
        None => (None, Vec::new()),
    };
    let has_disk = now.disks.is_some() || now.volume_percent.is_some();
    SystemSample {
        cpu_percent,
        cpus,
        load: now.load,
        memory: now.memory,
        swap: now.swap,
        disk: has_disk.then_some(Disk { read_bytes_per_s: read, write_bytes_per_s: written, used_percent: now.volume_percent }),
        network: now.networks.is_some().then_some(Network { received_bytes_per_s: received, sent_bytes_per_s: sent }),
        own: now.own.map(|own| process(before.and_then(|before| before.own).as_ref(), &own)),
        workers,
        files: None,
    }
}

/// One process; its processor share needs an earlier reading of the same process.
pub(super) fn process(before: Option<&ProcessReading>, now: &ProcessReading) -> ProcessSample {
    let same = before.filter(|before| before.pid == now.pid && before.started == now.started);
    let cpu_percent = same.and_then(|before| {
        let elapsed_ms = now.at.saturating_duration_since(before.at).as_secs_f64() * 1000.0;
        let used_ms = now.cpu_ms.checked_sub(before.cpu_ms)?;
        (elapsed_ms > 0.0).then(|| narrow(used_ms as f64 / elapsed_ms * 100.0))
    });
    ProcessSample { pid: now.pid, cpu_percent, rss_bytes: now.rss_bytes }
}

/// Bytes per second in and out, over all devices that both readings know. A device that came or went between them has no rate
/// of its own; a counter that went backwards (a restart, a wrap at 32 bits) makes the whole a gap.
fn per_second(before: &Traffic, now: &Traffic, seconds: f64) -> Option<[f64; 2]> {
    if seconds <= 0.0 {
        return None;
    }
    let mut known = false;
    let mut bytes = [0_u64; 2];
    for (name, counters) in now {
        let Some(earlier) = before.get(name) else { continue };
        known = true;
        for (sum, (new, old)) in bytes.iter_mut().zip(counters.iter().zip(earlier)) {
            *sum = sum.saturating_add(new.checked_sub(*old)?);
        }
    }
    // An empty list that stays empty is a machine without such devices: nothing is known, which is not zero.
    known.then(|| bytes.map(|sum| sum as f64 / seconds))
}

fn split(rates: Option<[f64; 2]>) -> [Option<f64>; 2] {
    match rates {
        Some([first, second]) => [Some(first), Some(second)],
        None => [None, None],
    }
}

/// A share that the system reckoned, kept to what a share can be.
fn percent(value: f32) -> Option<f32> {
    value.is_finite().then(|| value.clamp(0.0, 100.0))
}

#[expect(clippy::cast_possible_truncation, reason = "a percentage needs no more than the 24 bits of an f32")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reading(at: Instant, disks: &[(&str, [u64; 2])], cpu_ms: u64) -> Reading {
        let traffic: Traffic = disks.iter().map(|(name, counters)| ((*name).to_owned(), *counters)).collect();
        Reading {
            at,
            cpu: None,
            load: None,
            memory: None,
            swap: None,
            volume_percent: None,
            disks: Some(traffic.clone()),
            networks: Some(traffic),
            own: Some(ProcessReading { at, pid: 7, started: 1, cpu_ms, rss_bytes: 4096 }),
        }
    }

    fn disk_rates(before: &[(&str, [u64; 2])], now: &[(&str, [u64; 2])], elapsed: Duration) -> [Option<f64>; 2] {
        let start = Instant::now();
        let sample = sample(Some(&reading(start, before, 0)), &reading(start + elapsed, now, 0), Vec::new());
        let (disk, network) = (sample.disk.unwrap(), sample.network.unwrap());
        assert_eq!(disk.read_bytes_per_s, network.received_bytes_per_s, "one rule for both");
        [disk.read_bytes_per_s, disk.write_bytes_per_s]
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_reading_has_no_rates() {
        let sample = sample(None, &reading(Instant::now(), &[("sda", [5, 6])], 100), Vec::new());
        assert_eq!(sample.disk.unwrap(), Disk::default());
        assert_eq!(sample.own.unwrap(), ProcessSample { pid: 7, cpu_percent: None, rss_bytes: 4096 });
        assert_eq!((sample.cpu_percent, sample.cpus.len()), (None, 0));
    }

    #[test]
    fn rates_are_per_second_of_the_monotonic_clock() {
        assert_eq!(disk_rates(&[("sda", [100, 0])], &[("sda", [600, 50])], SECOND * 5), [Some(100.0), Some(10.0)]);
        assert_eq!(disk_rates(&[("sda", [100, 0])], &[("sda", [100, 0])], SECOND), [Some(0.0), Some(0.0)], "idle is a zero");
    }

    #[test]
    fn devices_add_up_and_a_new_one_waits_for_its_second_reading() {
        let before = [("sda", [0, 0]), ("gone", [9, 9])];
        let now = [("sda", [10, 20]), ("new", [1 << 40, 1 << 40])];
        assert_eq!(disk_rates(&before, &now, SECOND), [Some(10.0), Some(20.0)]);
    }

    #[test]
    fn a_counter_that_goes_backwards_is_a_gap() {
        let before = [("sda", [100, 100]), ("sdb", [0, 0])];
        assert_eq!(disk_rates(&before, &[("sda", [50, 200]), ("sdb", [5, 5])], SECOND), [None, None]);
    }

    #[test]
    fn no_devices_and_no_time_are_gaps() {
        assert_eq!(disk_rates(&[], &[], SECOND), [None, None]);
        assert_eq!(disk_rates(&[("sda", [0, 0])], &[("sda", [9, 9])], Duration::ZERO), [None, None]);
    }

    #[test]
    fn the_own_share_is_of_one_processor() {
        let start = Instant::now();
        let busy = sample(Some(&reading(start, &[], 1000)), &reading(start + SECOND, &[], 2500), Vec::new());
        assert_eq!(busy.own.unwrap().cpu_percent, Some(150.0));
    }

    #[test]
    fn a_process_number_used_again_starts_anew() {
        let at = Instant::now();
        let old = ProcessReading { at, pid: 7, started: 1, cpu_ms: 10, rss_bytes: 1 };
        let new = ProcessReading { at: at + SECOND, started: 2, cpu_ms: 900, ..old };
        assert_eq!(process(Some(&old), &new).cpu_percent, None);
        let backwards = ProcessReading { at: at + SECOND, cpu_ms: 5, ..old };
        assert_eq!(process(Some(&old), &backwards).cpu_percent, None);
    }

    #[test]
    fn a_share_that_is_no_number_is_unknown() {
        let mut odd = reading(Instant::now(), &[], 0);
        odd.cpu = Some((f32::NAN, vec![f32::INFINITY, 101.0]));
        let sample = sample(None, &odd, Vec::new());
        assert_eq!((sample.cpu_percent, sample.cpus), (None, vec![0.0, 100.0]));
    }
}
