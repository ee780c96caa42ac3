//! Asks the system, and only for what is cheap: never all processes, never everything.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sysinfo::{LoadAvg, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

use super::{
    rates::{self, ProcessReading, Reading},
    traffic::Counters,
};
use crate::model::{Memory, OpenFiles, ProcessSample, SystemSample};

/// How old the workers' numbers may grow; they move slowly and each worker costs a read.
const WORKERS_EVERY: Duration = Duration::from_secs(5);

/// The handles that reading needs, and the readings before.
pub(super) struct Reader {
    system: Option<System>,
    counters: Counters,
    /// The volume whose use is shown is the one that holds this.
    path: PathBuf,
    before: Option<Reading>,
    workers: Workers,
}

/// What was last read of the workers.
#[derive(Default)]
struct Workers {
    read_at: Option<Instant>,
    /// The processes that were asked for, alive or not.
    asked: Vec<u32>,
    readings: Vec<ProcessReading>,
    samples: Vec<ProcessSample>,
    /// kmtop's own open files, counted as often as the workers are looked at.
    files: Option<OpenFiles>,
}

impl Reader {
    /// A reader that shows the use of the volume that holds `path`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { system: System::new().ok(), counters: Counters::new(), path, before: None, workers: Workers::default() }
    }

    /// One sample, with rates since the sample before.
    pub(super) fn take(&mut self, watched: &[u32]) -> SystemSample {
        let at = Instant::now();
        if self.workers.read_at.is_none_or(|read| at.duration_since(read) >= WORKERS_EVERY) || self.has_new(watched) {
            self.read_workers(at, watched);
            self.workers.files = open_files();
        }
        let samples = self.workers.samples.iter().filter(|sample| watched.contains(&sample.pid)).copied().collect();
        let now = self.read(at);
        let sample = SystemSample { files: self.workers.files, ..rates::sample(self.before.as_ref(), &now, samples) };
        self.before = Some(now);
        sample
    }

    /// A worker that has just started shows its memory at once; one that is watched but dead is asked for no more often.
    fn has_new(&self, watched: &[u32]) -> bool {
        watched.iter().any(|pid| !self.workers.asked.contains(pid))
    }

    fn read(&mut self, at: Instant) -> Reading {
        let first = self.before.is_none();
        let (cpu, memory, swap, own) = match &mut self.system {
            Some(system) => {
                system.refresh_cpu_usage();
                system.refresh_memory();
                // The first refresh has nothing to compare with, and says zero.
                let cpu = (!first && !system.cpus().is_empty()).then(|| busy(system));
                (cpu, memory(system), swap(system), own(system, at))
            }
            None => (None, None, None, None),
        };
        Reading {
            at,
            cpu,
            load: System::load_average().ok().map(|LoadAvg { one, five, fifteen }| [one, five, fifteen]),
            memory,
            swap,
            volume_percent: volume_percent(&self.path),
            disks: self.counters.disks(),
            networks: self.counters.networks(),
            own,
        }
    }

    fn read_workers(&mut self, at: Instant, watched: &[u32]) {
        let Some(system) = &mut self.system else { return };
        // Those known from before are asked for too, or the dead among them would be remembered for ever.
        let mut pids: Vec<Pid> = system.processes().keys().copied().collect();
        pids.extend(watched.iter().map(|pid| Pid::from_u32(*pid)));
        // One that is named twice is taken for dead.
        pids.sort_unstable();
        pids.dedup();
        refresh(system, &pids);
        let readings: Vec<_> = watched.iter().filter_map(|pid| Some(reading(system.process(Pid::from_u32(*pid))?, at))).collect();
        let before = |pid| self.workers.readings.iter().find(|reading| reading.pid == pid);
        self.workers.samples = readings.iter().map(|now| rates::process(before(now.pid), now)).collect();
        self.workers.readings = readings;
        self.workers.asked = watched.to_vec();
        self.workers.read_at = Some(at);
    }
}

/// The entries of the folder of this process's open files; `None` where there is no such folder, or no limit.
fn open_files() -> Option<OpenFiles> {
    let listed = std::fs::read_dir("/dev/fd").ok()?.count() as u64;
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    // Looking opens the folder itself.
    Some(OpenFiles { open: listed.saturating_sub(1), most })
}

fn refresh(system: &mut System, pids: &[Pid]) {
    let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(pids), true, kind);
}

fn busy(system: &System) -> (f32, Vec<f32>) {
    (system.global_cpu_usage(), system.cpus().iter().map(sysinfo::Cpu::usage).collect())
}

fn memory(system: &System) -> Option<Memory> {
    let total_bytes = system.total_memory();
    let (used_bytes, available_bytes) = (system.used_memory(), system.available_memory());
    (total_bytes > 0).then_some(Memory { total_bytes, used_bytes, available_bytes })
}

/// A machine without swap has a swap of no bytes; one that cannot be read has none to show.
fn swap(system: &System) -> Option<Memory> {
    let (total_bytes, used_bytes) = (system.total_swap(), system.used_swap());
    (system.total_memory() > 0).then(|| Memory { total_bytes, used_bytes, available_bytes: system.free_swap() })
}

fn own(system: &mut System, at: Instant) -> Option<ProcessReading> {
    let pid = Pid::from_u32(std::process::id());
    refresh(system, &[pid]);
    system.process(pid).map(|process| reading(process, at))
}

fn reading(process: &Process, at: Instant) -> ProcessReading {
    ProcessReading {
        at,
        pid: process.pid().as_u32(),
        started: process.start_time(),
        cpu_ms: process.accumulated_cpu_time(),
        rss_bytes: process.memory(),
    }
}

/// Used share of the volume that holds `path`, 0 to 100, of what the user could use, as `df` reckons it: blocks kept for root count
/// neither as used nor as free. `None` when nobody knows.
#[must_use]
pub fn volume_percent(path: &std::path::Path) -> Option<f32> {
    let volume = path.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    let used = volume.f_blocks.saturating_sub(volume.f_bfree);
    let usable = used.saturating_add(volume.f_bavail);
    (usable > 0).then(|| rates::narrow(used as f64 / usable as f64 * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_keeps_its_numbers_and_gets_a_share_with_the_second_reading() {
        let mut reader = Reader::new("/".into());
        let own = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("it starts");
        let watched = [child.id(), own];
        let mut shares = Vec::new();
        for _ in 0..4 {
            // As if the time had come.
            reader.workers.read_at = None;
            shares.push(reader.take(&watched).workers.iter().map(|worker| worker.cpu_percent.is_some()).collect::<Vec<_>>());
        }
        child.kill().and_then(|()| child.wait()).expect("it ends");
        assert_eq!(shares, [vec![false, false], vec![true, true], vec![true, true], vec![true, true]]);
        reader.workers.read_at = None;
        assert_eq!(reader.take(&watched).workers.iter().map(|worker| worker.pid).collect::<Vec<_>>(), [own]);
    }
}
