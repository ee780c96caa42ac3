//! Settings taken live: when their file changes, and when the server is told to by SIGHUP. Settings that cannot be taken leave the old
//! ones in force, and an alert says what is wrong until they can.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::{Setup, offered::Offered, stack::Stack};
use crate::{
    config::{self, ConfigError, Environment, Home, Overrides, Settings},
    hub,
    model::Severity,
};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Sections that are taken live; `limits` only as far as commands go.
const LIVE: [&str; 3] = ["tool", "mcp", "files"];

/// What is wrong with the settings' file, for the hub.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// What is wrong, if anything is.
    pub(super) fn now(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells it to the hub.
    pub(super) fn teller(&self) -> Box<dyn Fn() -> Option<String> + Send> {
        let trouble = self.clone();
        Box::new(move || trouble.now())
    }

    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Takes settings while the server runs; ends when it goes.
pub(super) struct Reload {
    wake: Arc<Notify>,
    _task: AbortOnDropHandle<()>,
}

impl Reload {
    pub(super) fn start(setup: &Setup, stack: &Stack) -> Self {
        let wake = Arc::new(Notify::new());
        let reader = Reader {
            home: setup.home.clone(),
            environment: setup.environment.clone(),
            overrides: setup.overrides.clone(),
            settings: setup.settings.clone(),
            offered: Arc::clone(&stack.offered),
            trouble: stack.trouble.clone(),
            hub: stack.hub.clone(),
        };
        let task = tokio::spawn(watch(reader, Arc::clone(&wake)));
        Self { wake, _task: AbortOnDropHandle::new(task) }
    }

    /// Has the file read now, whether it has changed or not.
    pub(super) fn now(&self) {
        self.wake.notify_one();
    }
}

/// What a file looks like from outside.
type Stamp = Option<(u64, u64, i64, i64)>;

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.ino(), about.size(), about.ctime(), about.ctime_nsec()))
}

async fn watch(mut reader: Reader, wake: Arc<Notify>) {
    let path = reader.home.config_file.clone();
    let (mut taken, mut seen) = (stamp(&path), stamp(&path));
    loop {
        let asked = tokio::time::timeout(LOOK_EVERY, wake.notified()).await.is_ok();
        let now = stamp(&path);
        // A file that is still being written looks different each time.
        let settled = now == std::mem::replace(&mut seen, now);
        if asked || (settled && now != taken) {
            taken = now;
            let read = tokio::task::spawn_blocking(move || {
                let said = reader.read(asked);
                (reader, said)
            });
            let Ok((back, said)) = read.await else { return };
            reader = back;
            for (severity, text) in said {
                reader.hub.note(severity, text).await;
            }
        }
    }
}

/// Reads the settings and has them taken.
struct Reader {
    home: Home,
    environment: Environment,
    overrides: Overrides,
    /// Those in force.
    settings: Settings,
    offered: Arc<Offered>,
    trouble: Trouble,
    hub: hub::Handle,
}

impl Reader {
    /// What there is to say of it. Who asked is told in any case.
    fn read(&mut self, asked: bool) -> Vec<(Severity, String)> {
        let read = config::load(&self.home, &self.environment, &self.overrides);
        let fresh = match read.map_err(|error| words(&error)) {
            Ok(fresh) => fresh,
            Err(problem) => return self.kept(&problem),
        };
        if let Err(problem) = self.offered.take(&fresh) {
            return self.kept(&problem);
        }
        let healed = self.trouble.now().is_some();
        self.trouble.set(None);
        let waiting = waiting(&self.settings, &fresh);
        let changed = self.settings != fresh;
        // What waits for the next start is in force only then: it is said again when the file changes again.
        let Settings { tool, mcp, files, limits, .. } = &mut self.settings;
        (*tool, *mcp, *files) = (fresh.tool, fresh.mcp, fresh.files);
        same_commands(limits, &fresh.limits);
        let mut said = Vec::new();
        if changed || healed || asked {
            let text = match &*waiting {
                [] => "the settings were read again".to_owned(),
                waiting => format!("the settings were read again; {} will count from the next start", waiting.join(", ")),
            };
            tracing::info!("{text}");
            said.push((Severity::Info, text));
        }
        said
    }

    /// The old settings stay in force.
    fn kept(&self, problem: &str) -> Vec<(Severity, String)> {
        let text = format!("the settings were not taken, those of before hold: {problem}");
        tracing::warn!("{text}");
        self.trouble.set(Some(text.clone()));
        vec![(Severity::Warning, text)]
    }
}

/// The first of what is wrong; the log of the next start has all.
fn words(error: &ConfigError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Takes over what of the limits is live.
fn same_commands(limits: &mut config::Limits, fresh: &config::Limits) {
    limits.io_commands = fresh.io_commands;
    limits.cpu_commands = fresh.cpu_commands;
    limits.mixed_commands = fresh.mixed_commands;
}

/// The sections that differ and are not taken live.
fn waiting(old: &Settings, new: &Settings) -> Vec<String> {
    let mut old = old.clone();
    same_commands(&mut old.limits, &new.limits);
    let tables = [&old, new].map(|settings| toml::Table::try_from(settings).unwrap_or_default());
    let [old, new] = &tables;
    let differs = |name: &&String| old.get(*name) != new.get(*name) && !LIVE.contains(&name.as_str());
    new.keys().filter(differs).map(|name| if new[name].is_table() { format!("[{name}]") } else { name.clone() }).collect()
}
