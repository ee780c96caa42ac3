//! What single processes have used since their start: for measuring what work costs, where a sampler's seconds are too coarse.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What a process has used since its start. `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ProcessUsage {
    /// Processor time in milliseconds, that of ended children included.
    pub cpu_ms: Option<f64>,
    /// Resident memory in bytes.
    pub rss_bytes: Option<u64>,
    /// Bytes that passed through reading calls; Linux alone tells.
    pub read_bytes: Option<u64>,
    /// Bytes that passed through writing calls; Linux alone tells.
    pub written_bytes: Option<u64>,
}

/// Asks the system now. A process that is gone has used nothing that is known.
#[must_use]
pub fn process_usage(pid: u32) -> ProcessUsage {
    let process = Pid::from_u32(pid);
    let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
    let mut system = System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), true, wanted);
    }
    let known = system.as_ref().and_then(|system| system.process(process));
    let coarse = known.map(|process| process.accumulated_cpu_time() as f64);
    let [read_bytes, written_bytes] = transfers(pid);
    ProcessUsage {
        cpu_ms: precise_cpu_ms(pid).or(coarse),
        rss_bytes: known.map(sysinfo::Process::memory),
        read_bytes,
        written_bytes,
    }
}

/// To the microsecond, where Linux keeps schedules: its threads, and in hundredths of a second its ended children.
fn precise_cpu_ms(pid: u32) -> Option<f64> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut nanos = 0_u64;
    for task in tasks.flatten() {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        nanos += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(nanos as f64 / 1e6 + children_ms(&status).unwrap_or(0.0))
}

/// Processor time of ended children by the text of `/proc/PID/stat`, whose second field is a name that may hold anything.
fn children_ms(status: &str) -> Option<f64> {
    let (_, behind) = status.rsplit_once(')')?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Some((ticks(13)? + ticks(14)?) / per_second * 1_000.0)
}

/// Bytes read and written by the text of `/proc/PID/io`.
fn transfers(pid: u32) -> [Option<u64>; 2] {
    let text = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    ["rchar:", "wchar:"].map(|name| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let usage = process_usage(std::process::id());
        assert!(usage.rss_bytes.is_some_and(|bytes| bytes > 1 << 20), "{usage:?}");
        assert!(usage.cpu_ms.is_some_and(|millis| millis > 0.0), "{usage:?}");
        if cfg!(target_os = "linux") {
            assert!(usage.read_bytes.is_some_and(|bytes| bytes > 0), "{usage:?}");
        }
    }

    #[test]
    fn ended_children_are_counted_whatever_the_name() {
        let status = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5";
        let millis = children_ms(status).expect("a status");
        assert!((millis - 70.0 / rustix::param::clock_ticks_per_second() as f64 * 1_000.0).abs() < 1e-9, "{millis}");
        assert_eq!(children_ms("nonsense"), None);
    }
}
