//! The tools that are not kmtop's own: files, command lines, macros of exposed groups. They follow the settings and the library.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio_util::task::AbortOnDropHandle;

use super::Failure;
use crate::{
    config::{self, Home, OwnTool, Settings},
    files::{self, Files, Meter},
    tools::{AtOnce, Shelf, Tool, Toolbox, exposed, file_tools, own_tools},
};

/// How often it is looked whether the library has changed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Keeps the toolbox in step.
pub(super) struct Offered {
    toolbox: Arc<Toolbox>,
    /// What file tools leave alone.
    own: files::Own,
    meter: Arc<Meter>,
    taken: Mutex<Taken>,
}

/// What the toolbox was filled from.
#[derive(Default)]
struct Taken {
    files: config::Files,
    commands: (Vec<OwnTool>, config::Limits),
    groups: Vec<String>,
    /// The library's revision.
    revision: u64,
    /// What was said of the groups.
    notes: Vec<String>,
}

impl Offered {
    /// Offers what the settings name, and follows the library until the second of what is returned goes.
    pub(super) fn start(
        home: &Home,
        settings: &Settings,
        toolbox: Arc<Toolbox>,
        meter: Arc<Meter>,
    ) -> Result<(Arc<Self>, AbortOnDropHandle<()>), Failure> {
        let offered = Self::new(home, toolbox, meter);
        offered.take(settings).map_err(Failure::wrong)?;
        let following = offered.follow();
        Ok((offered, following))
    }

    fn new(home: &Home, toolbox: Arc<Toolbox>, meter: Arc<Meter>) -> Arc<Self> {
        let own = files::Own { home: home.user_dir.clone(), folders: home.own() };
        Arc::new(Self { toolbox, own, meter, taken: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what these settings say of tools, all of it or nothing.
    ///
    /// # Errors
    /// In words, when a folder may be no root or a tool cannot be made. Then everything is as it was.
    pub(super) fn take(&self, settings: &Settings) -> Result<(), String> {
        let mut taken = self.taken();
        let commands = (settings.tool.clone(), settings.limits.clone());
        let own = (taken.commands != commands).then(|| own_tools(&commands.0, AtOnce::of(&commands.1))).transpose()?;
        let files = (taken.files != settings.files).then(|| self.file_tools(&settings.files)).transpose()?;
        if let Some(tools) = own {
            self.put(Shelf::Commands, tools);
            taken.commands = commands;
        }
        if let Some(tools) = files {
            self.put(Shelf::Files, tools);
            taken.files = settings.files.clone();
        }
        if taken.groups != settings.mcp.expose_groups {
            taken.groups.clone_from(&settings.mcp.expose_groups);
            self.expose(&mut taken);
        }
        Ok(())
    }

    fn file_tools(&self, settings: &config::Files) -> Result<Vec<Tool>, String> {
        if settings.roots.is_empty() {
            return Ok(Vec::new());
        }
        let limits = files::Limits {
            file_bytes: settings.file_bytes,
            flush_after: Duration::from_millis(settings.flush_ms),
            cache_bytes: settings.cache_mb.saturating_mul(1_000_000),
        };
        let opened = Files::open(&settings.roots, &self.own, limits, Arc::clone(&self.meter));
        opened.map(|files| file_tools(Arc::new(files))).map_err(|error| format!("[files] roots: {error}"))
    }

    /// The macros of the groups as they are now.
    fn expose(&self, taken: &mut Taken) {
        let context = self.toolbox.context();
        let index = context.library.index();
        let found = exposed(&index, &taken.groups, context.embedded);
        taken.revision = index.revision;
        if found.notes != taken.notes {
            found.notes.iter().for_each(|note| tracing::warn!("{note}"));
            taken.notes = found.notes;
        }
        self.put(Shelf::Macros, found.tools);
    }

    fn put(&self, on: Shelf, tools: Vec<Tool>) {
        for name in self.toolbox.put(on, tools) {
            tracing::warn!("a tool is left out: another has the name {name}");
        }
    }

    fn follow_library(&self) {
        let mut taken = self.taken();
        if !taken.groups.is_empty() && taken.revision != self.toolbox.context().library.index().revision {
            self.expose(&mut taken);
        }
    }

    /// Follows the library until what is returned goes.
    fn follow(self: &Arc<Self>) -> AbortOnDropHandle<()> {
        let offered: Weak<Self> = Arc::downgrade(self);
        AbortOnDropHandle::new(tokio::spawn(async move {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                match offered.upgrade() {
                    Some(offered) => offered.follow_library(),
                    None => return,
                }
            }
        }))
    }
}
