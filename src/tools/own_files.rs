//! What Keyboard Maestro keeps in files, read from there when it is what runs macros here: no Apple event is needed to look.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Context, ToolError};
use crate::{
    library::keyboard_maestro::{KeyboardMaestroFiles, OwnFileError},
    macros::variables::{Reach, is_name, reach},
};

/// Nobody has described how soon Keyboard Maestro writes a change to its files. For so long after one that kmtop knows of, the
/// engine itself is asked.
const QUIET: Duration = Duration::from_secs(10);

/// Keyboard Maestro's files, and whether they can be taken at their word.
pub struct OwnFiles {
    files: KeyboardMaestroFiles,
    /// Whether workers can be asked instead.
    workers_know: bool,
    changes: Arc<Changes>,
}

#[derive(Default)]
struct Changes {
    under_way: AtomicUsize,
    last: Mutex<Option<Instant>>,
}

/// A change that is under way until this is dropped.
pub(super) struct Changing(Arc<Changes>);

impl Drop for Changing {
    fn drop(&mut self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl OwnFiles {
    /// These files; `workers_know` is whether workers can read variables, too, and change macros.
    pub fn new(files: KeyboardMaestroFiles, workers_know: bool) -> Self {
        Self { files, workers_know, changes: Arc::default() }
    }

    /// Notes that a variable may be changed from now on, until the answer is dropped.
    pub(super) fn changing(&self) -> Changing {
        self.changes.under_way.fetch_add(1, Ordering::AcqRel);
        Changing(Arc::clone(&self.changes))
    }

    /// Whether workers do what files cannot.
    pub(super) fn workers_know(&self) -> bool {
        self.workers_know
    }

    /// The files, unless a change of a moment ago may not be in them yet and a worker knows it.
    fn settled(&self) -> Option<&KeyboardMaestroFiles> {
        let busy = self.changes.under_way.load(Ordering::Acquire) > 0;
        let last = *self.changes.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = busy || last.is_some_and(|last| last.elapsed() < QUIET);
        (!fresh || !self.workers_know).then_some(&self.files)
    }
}

/// Keyboard Maestro's files, for what only they tell.
pub(super) fn of(context: &Context) -> Option<KeyboardMaestroFiles> {
    context.own_files.as_ref().map(|own| own.files.clone())
}

/// The same for what changes: nothing when a worker has to be asked.
pub(super) fn settled(context: &Context) -> Option<KeyboardMaestroFiles> {
    context.own_files.as_ref().and_then(OwnFiles::settled).cloned()
}

/// See [`OwnFiles::changing`].
pub(super) fn changing(context: &Context) -> Option<Changing> {
    context.own_files.as_ref().map(OwnFiles::changing)
}

/// A name that a variable outside of a run may have. kmtop's own engine checks for itself.
///
/// # Errors
/// In words, when it is none or one that exists only within a run.
pub(super) fn global(context: &Context, name: &str) -> Result<(), ToolError> {
    let words = match reach(name) {
        _ if context.own_files.is_none() => return Ok(()),
        _ if !is_name(name) => "is no name for a variable: a letter, then letters, digits, spaces and underscores",
        Reach::Global => return Ok(()),
        Reach::Local | Reach::Instance => "exists only within a run of a macro",
        Reach::Password => "is a password by its name, and exists only within a run of a macro",
    };
    Err(ToolError::refused("bad_arguments", format!("“{name}” {words}")))
}

/// The values of several variables, in the order of the names, by one look into the file.
pub(super) fn values(files: &KeyboardMaestroFiles, names: &[String]) -> Result<Vec<Option<String>>, ToolError> {
    let fold = |name: &str| name.to_lowercase();
    let all: HashMap<String, String> = files.variables()?.into_iter().map(|(name, value)| (fold(&name), value)).collect();
    Ok(names.iter().map(|name| all.get(&fold(name)).cloned()).collect())
}

impl From<OwnFileError> for ToolError {
    fn from(error: OwnFileError) -> Self {
        let path = error.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let error =
            Self::refused("files_unreadable", format!("Keyboard Maestro's file “{path}” cannot be read: {}", error.problem));
        error.hint("kmtop doctor looks at each of these files")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_change_sends_readers_to_the_worker_for_a_while() {
        let own = OwnFiles::new(KeyboardMaestroFiles::under(Path::new("/nonexistent")), true);
        assert!(own.settled().is_some());
        let changing = own.changing();
        assert!(own.settled().is_none(), "it is under way");
        drop(changing);
        assert!(own.settled().is_none(), "it was a moment ago");
        *own.changes.last.lock().expect("unpoisoned") = Instant::now().checked_sub(QUIET);
        assert!(own.settled().is_some(), "it is long over");
    }

    #[test]
    fn without_a_worker_that_knows_the_files_have_to_do() {
        let own = OwnFiles::new(KeyboardMaestroFiles::under(Path::new("/nonexistent")), false);
        let _changing = own.changing();
        assert!(own.settled().is_some());
    }
}
