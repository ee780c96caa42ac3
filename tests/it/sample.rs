//! The sampler on a real system.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use kmtop::{
    model::SystemSample,
    sample::{Sampler, SamplerHandle, Watched, host, system, take_once},
};

/// The first sample that `holds`, within ten seconds.
fn wait_for(handle: &SamplerHandle, holds: impl Fn(&SystemSample) -> bool) -> Arc<SystemSample> {
    let end = Instant::now() + Duration::from_secs(10);
    let samples = handle.samples();
    loop {
        let latest = samples.borrow().clone();
        match latest {
            Some(sample) if holds(&sample) => return sample,
            latest => assert!(Instant::now() < end, "no such sample came; the latest is {latest:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(watched: &Watched) -> SamplerHandle {
    Sampler::start(Duration::from_millis(1), watched.clone(), Path::new("/")).unwrap()
}

struct Sleeper(Child);

impl Sleeper {
    fn new() -> Self {
        Self(Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn one_sample_has_plausible_numbers() {
    let sample = take_once(Path::new("/nonexistent/below/root"));
    assert!((0.0..=100.0).contains(&sample.cpu_percent.expect("two readings tell processor use")));
    assert!(!sample.cpus.is_empty() && sample.cpus.iter().all(|busy| (0.0..=100.0).contains(busy)));
    assert!(sample.load.unwrap().iter().all(|load| *load >= 0.0));
    let memory = sample.memory.unwrap();
    assert!(
        memory.total_bytes > 1 << 24 && memory.used_bytes <= memory.total_bytes && memory.available_bytes <= memory.total_bytes
    );
    let used = sample.disk.unwrap().used_percent.expect("a path that is not there yet counts for the folder above it");
    assert!((0.0..=100.0).contains(&used), "{used}");
    let own = sample.own.unwrap();
    assert!(own.pid == std::process::id() && own.rss_bytes > 1 << 20 && own.cpu_percent.unwrap() >= 0.0, "{own:?}");
    assert!(sample.workers.is_empty());
}

#[test]
fn the_first_sample_knows_no_rates_and_a_later_one_does() {
    let handle = start(&Watched::default());
    let first = wait_for(&handle, |_| true);
    assert!(first.memory.is_some());
    let later = wait_for(&handle, |sample| sample.cpu_percent.is_some());
    assert!(later.own.unwrap().cpu_percent.is_some());
}

#[test]
fn workers_are_seen_when_they_start_and_no_longer_when_they_are_let_go() {
    let watched = Watched::default();
    let handle = start(&watched);
    let sleeper = Sleeper::new();
    watched.set(vec![sleeper.0.id(), u32::MAX >> 1]);
    let sample = wait_for(&handle, |sample| !sample.workers.is_empty());
    assert_eq!(
        sample.workers.iter().map(|worker| worker.pid).collect::<Vec<_>>(),
        [sleeper.0.id()],
        "one that is not there is left out"
    );
    assert!(sample.workers[0].rss_bytes > 0);
    watched.set(Vec::new());
    wait_for(&handle, |sample| sample.workers.is_empty());
}

#[test]
fn dropping_the_handle_ends_the_thread() {
    let handle = start(&Watched::default());
    let mut samples = handle.samples();
    wait_for(&handle, |_| true);
    drop(handle);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ended = async { while samples.changed().await.is_ok() {} };
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(5), ended).await })
        .expect("the sender is gone with its thread");
}

#[test]
fn the_machine_has_a_name_and_a_system() {
    assert!(!host().is_empty());
    let words = system();
    assert!(words.split(' ').count() >= 2 && words.ends_with(std::env::consts::ARCH), "{words}");
}
