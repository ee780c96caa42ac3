//! Where it was measured: figures without it say little.

use std::process::{Command, Stdio};

use serde::Serialize;

use crate::{model::SystemSample, sample};

/// The machine and the program.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Environment {
    /// When, in UTC.
    pub time: String,
    /// The machine's name.
    pub host: String,
    /// Operating system and processor.
    pub system: String,
    /// Processors.
    pub processors: usize,
    /// Main memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Load averages over 1, 5 and 15 minutes, before it began.
    pub load: Option<[f64; 3]>,
    /// Busy share of all processors before it began, 0 to 100.
    pub cpu_percent: Option<f32>,
    /// kmtop's version.
    pub version: String,
    /// Whether it was built with optimisation.
    pub optimized: bool,
    /// The commit of the folder it was called in, with a + where something was changed; `None` outside of a repository.
    pub git: Option<String>,
}

impl Environment {
    /// This machine, with what was sampled of it.
    #[must_use]
    pub fn of(sampled: &SystemSample) -> Self {
        Self {
            time: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            host: sample::host(),
            system: sample::system(),
            processors: std::thread::available_parallelism().map_or(sampled.cpus.len(), usize::from),
            memory_bytes: sampled.memory.map(|memory| memory.total_bytes),
            load: sampled.load,
            cpu_percent: sampled.cpu_percent,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            optimized: !cfg!(debug_assertions),
            git: git(),
        }
    }
}

fn git() -> Option<String> {
    let ask = |arguments: &[&str]| {
        let ran = Command::new("git").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    };
    let commit = ask(&["rev-parse", "--short=12", "HEAD"]).filter(|commit| !commit.is_empty())?;
    let changed = ask(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    Some(if changed { format!("{commit}+") } else { commit })
}
