//! The machine: processors, memory, disk, files, and what kmtop itself takes of them.

use super::{Observation, Scene, find, worse};
use crate::{
    analysis::statistics::Course,
    config::Alerts,
    model::{ProcessSample, Severity, SystemSample},
};

const MEGABYTE: f64 = 1e6;

/// The machine's numbers over the last half hour.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Machine {
    /// Busy share of all processors, in percent.
    pub(in crate::analysis) cpu: Course,
    /// Used share of main memory, in percent.
    pub(in crate::analysis) memory: Course,
    /// Bytes read and written a second, in MB.
    pub(in crate::analysis) disk: Course,
}

impl Machine {
    /// Takes in the newest second.
    pub(in crate::analysis) fn push(&mut self, scene: &Scene<'_>) {
        let (now, gauges) = (scene.interval.time_ms, &scene.interval.gauges);
        self.cpu.push(now, gauges.cpu_percent.map(f64::from));
        self.memory.push(now, gauges.memory_percent.map(f64::from));
        let disk = gauges.disk_read.zip(gauges.disk_write).map(|(read, written)| f64::from(read + written) / MEGABYTE);
        self.disk.push(now, disk);
    }

    pub(super) fn observe(&self, scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
        let mut seen = vec![self.cpu(scene, limits), self.memory(scene, limits), self.disk_traffic(limits)];
        let space = scene.system.disk.and_then(|disk| disk.used_percent).map(f64::from);
        let text = format!("the disk of the state folder is {:.0}% full", space.unwrap_or_default());
        let traffic = self
            .disk
            .last()
            .map_or_else(|| "its traffic is not known".into(), |moved| format!("it moves {moved:.1} MB a second"));
        seen.push(Observation::of("disk_space", limits, "disk", space, text).with([traffic]));
        seen.extend(scene.system.own.iter().flat_map(|own| own_process(scene, own, limits)));
        seen.extend(workers(scene, limits));
        seen.extend(stores(scene, limits));
        seen
    }

    fn cpu(&self, scene: &Scene<'_>, limits: &Alerts) -> Observation {
        let rule = find("cpu");
        let minute = self.cpu.mean(60);
        let value = worse(self.cpu.mean(rule.window_s), minute, limits.cpu_percent);
        let text = format!("CPU {:.0}% over {} min", value.unwrap_or_default(), rule.window_s / 60);
        let own = scene.system.own.and_then(|own| own.cpu_percent).map(|own| format!("kmtop itself {own:.0}% of a core"));
        let now = minute.map(|minute| format!("{minute:.0}% in the last minute"));
        let load = scene.system.load.map(|load| format!("load {:.1} on {} cores", load[0], scene.system.cpus.len()));
        Observation::of("cpu", limits, "system", value, text).with(now.into_iter().chain(load).chain(own))
    }

    fn memory(&self, scene: &Scene<'_>, limits: &Alerts) -> Observation {
        let rule = find("memory");
        let value = worse(self.memory.mean(rule.window_s), self.memory.mean(60), limits.memory_percent);
        let gibibytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
        let bytes = scene
            .system
            .memory
            .map(|memory| format!("{:.1} of {:.1} GiB used now", gibibytes(memory.used_bytes), gibibytes(memory.total_bytes)));
        let held: u64 = scene.system.workers.iter().map(|worker| worker.rss_bytes).sum();
        let workers = (held > 0).then(|| format!("workers hold {:.0} MB", held as f64 / MEGABYTE));
        let text = format!("memory {:.0}% used", value.unwrap_or_default());
        Observation::of("memory", limits, "system", value, text).with(bytes.into_iter().chain(workers))
    }

    fn disk_traffic(&self, limits: &Alerts) -> Observation {
        let value = self.disk.mean(find("disk_traffic").window_s);
        let text = format!("the disk moves {:.0} MB a second", value.unwrap_or_default());
        let now = self.disk.last().map(|moved| format!("{moved:.1} MB a second in the last ten"));
        Observation::of("disk_traffic", limits, "disk", value, text).with(now)
    }
}

fn own_process(scene: &Scene<'_>, own: &ProcessSample, limits: &Alerts) -> [Observation; 2] {
    let megabytes = own.rss_bytes as f64 / MEGABYTE;
    let cpu = own.cpu_percent.map(f64::from);
    let pid = format!("pid {}", own.pid);
    let busy = format!("kmtop itself takes {:.0}% of a core", cpu.unwrap_or_default());
    let calls = format!("{} calls ended in the last minute", scene.minute.all().calls);
    [
        Observation::of("own_memory", limits, "kmtop", Some(megabytes), format!("kmtop itself holds {megabytes:.0} MB"))
            .with([pid.clone()]),
        Observation::of("own_cpu", limits, "kmtop", cpu, busy).with([pid, calls]),
    ]
}

/// Which slot a process works in.
fn slot(scene: &Scene<'_>, pid: u32) -> Option<u16> {
    scene.pool.workers.iter().find(|worker| worker.pid == Some(pid)).map(|worker| worker.slot)
}

fn workers(scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
    let SystemSample { workers, .. } = scene.system;
    let one = |sample: &ProcessSample| {
        let slot = slot(scene, sample.pid)?;
        let subject = format!("worker {slot}");
        let megabytes = sample.rss_bytes as f64 / MEGABYTE;
        let cpu = sample.cpu_percent.map(f64::from);
        let pid = format!("pid {}", sample.pid);
        let memory = format!("worker {slot} holds {megabytes:.0} MB");
        let busy = format!("worker {slot} takes {:.0}% of a core", cpu.unwrap_or_default());
        Some([
            Observation::of("worker_memory", limits, &subject, Some(megabytes), memory).with([pid.clone()]),
            Observation::of("worker_cpu", limits, &subject, cpu, busy).with([pid]),
        ])
    };
    workers.iter().filter_map(one).flatten().collect()
}

fn stores(scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
    let stores = &scene.stores;
    let percent = |share: Option<f64>| share.map(|share| share * 100.0);
    let number = |rule, subject, value: Option<f64>, text: String| {
        value.map(|value| Observation::of(rule, limits, subject, Some(value), text).with(stores.evidence.clone()))
    };
    let (miss, read, slots) = (percent(stores.cache_miss_share), stores.file_read_ms, percent(stores.file_slots_share));
    let known = |value: Option<f64>| value.unwrap_or_default();
    let seen = [
        // What is asked only once is in no cache: that is no fault, and worth a look at most.
        number("cache_miss", "caches", miss, format!("{:.0}% of lookups miss the caches", known(miss)))
            .map(|seen| seen.worst(Severity::Info)),
        number("file_read", "files", read, format!("reading a file takes {:.0} ms on average", known(read))),
        number("file_slots", "files", slots, format!("{:.0}% of the files that this process may open are open", known(slots))),
    ];
    seen.into_iter().flatten().collect()
}
