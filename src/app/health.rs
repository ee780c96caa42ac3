//! What is looked at to tell how well a server is.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::{
    backend::embedded::Variables,
    config::{BackendKind, Home},
    history::History,
    hub::{self, CACHE_SLOW, Found, Probe, STORE_SLOW},
    library::Library,
    macros::MacroSource as _,
    model::Condition,
    pool,
};

/// A volume that is fuller is degraded, in percent: a database that grows needs room for its log as well.
const VOLUME_FULL: f32 = 95.0;
/// A name that no macro has: UUIDs are hexadecimal.
const NO_MACRO: &str = "kmtop health check";

/// The health of a server in this home.
pub(super) fn of(
    home: &Home,
    kind: BackendKind,
    (hub, pool): (&hub::Handle, &pool::Handle),
    library: &Library,
    history: Option<History>,
) -> Arc<hub::Health> {
    let probes = vec![
        Probe::new("library", CACHE_SLOW, {
            let library = library.clone();
            move || look_at_library(&library)
        }),
        variables(home, kind),
        Probe::new("disk", STORE_SLOW, {
            let folder = home.state_dir.clone();
            move || look_at_disk(&folder, history.as_ref().and_then(History::problem))
        }),
    ];
    Arc::new(hub::Health::new(hub.clone(), pool.clone(), probes))
}

/// The index is a cache of the macro files: it must answer at once.
fn look_at_library(library: &Library) -> Found {
    let began = Instant::now();
    let found = library.find_by_uid(NO_MACRO).is_some();
    let took = began.elapsed();
    let index = library.index();
    let unreadable = index.files_unreadable.len();
    match index.revision {
        0 => Found::bad(Condition::Degraded, "the macro files are being read for the first time"),
        _ if found => Found::bad(Condition::Unhealthy, "the index finds a macro that there is not"),
        _ if unreadable > 0 => {
            Found::bad(Condition::Degraded, format!("{unreadable} files cannot be read; kmtop macros lint names them"))
        }
        _ => Found::good().within(CACHE_SLOW, took),
    }
}

fn variables(home: &Home, kind: BackendKind) -> Probe {
    match kind {
        BackendKind::Embedded | BackendKind::Auto => {
            let store = VariablesStore { path: home.variables_file(), open: Mutex::new(None) };
            Probe::new("variables", STORE_SLOW, move || store.look())
        }
        BackendKind::Command => Probe::new("variables", STORE_SLOW, || Found::note("the worker program keeps them")),
        BackendKind::Osascript | BackendKind::Web => {
            Probe::new("variables", STORE_SLOW, || Found::note("Keyboard Maestro keeps them"))
        }
    }
}

/// The variables, read as a worker reads them.
struct VariablesStore {
    path: PathBuf,
    /// Kept from one look to the next, as workers keep theirs.
    open: Mutex<Option<Variables>>,
}

impl VariablesStore {
    fn look(&self) -> Found {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // A file that was moved away stays readable for those who have it open.
        if !self.path.exists() {
            *open = None;
            return Found::bad(Condition::Unhealthy, "the variables file is gone; restart kmtop to make a new one");
        }
        let began = Instant::now();
        let read = match &mut *open {
            Some(variables) => variables.get(NO_MACRO),
            none => Variables::open(&self.path).and_then(|variables| none.insert(variables).get(NO_MACRO)),
        };
        match read {
            Ok(_) => Found::good().within(STORE_SLOW, began.elapsed()),
            Err(error) => {
                *open = None;
                Found::bad(Condition::Unhealthy, error.to_string())
            }
        }
    }
}

/// The state folder takes what is written and gives it back, and there is room.
fn look_at_disk(folder: &Path, history: Option<String>) -> Found {
    let began = Instant::now();
    if let Err(error) = write_and_read(folder) {
        return Found::bad(Condition::Unhealthy, format!("the state folder cannot be written: {error}"));
    }
    let took = began.elapsed();
    let full = crate::sample::volume_percent(folder).filter(|used| *used > VOLUME_FULL);
    match (history, full) {
        (Some(problem), _) => Found::bad(Condition::Degraded, problem),
        (None, Some(used)) => Found::bad(Condition::Degraded, format!("the volume of the state folder is {used:.0} % full")),
        (None, None) => Found::good().within(STORE_SLOW, took),
    }
}

fn write_and_read(folder: &Path) -> io::Result<()> {
    const SAID: &[u8] = b"kmtop writes this to see whether it can";
    let file = tempfile::Builder::new().prefix(".health-").tempfile_in(folder)?;
    fs::write(file.path(), SAID)?;
    let read = fs::read(file.path())?;
    if read == SAID { Ok(()) } else { Err(io::Error::other("it gives back something else")) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_state_folder_that_is_gone_or_full_of_trouble() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_ne!(look_at_disk(folder.path(), None).status, Condition::Unhealthy);
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0, "nothing is left behind");
        let problem = "history cannot be written".to_owned();
        assert_eq!(look_at_disk(folder.path(), Some(problem.clone())), Found::bad(Condition::Degraded, problem));
        let gone = folder.path().join("gone");
        assert_eq!(look_at_disk(&gone, None).status, Condition::Unhealthy);
    }

    #[test]
    fn variables_that_are_gone_or_no_database() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("variables.sqlite");
        let store = VariablesStore { path: path.clone(), open: Mutex::new(None) };
        assert_eq!(store.look().status, Condition::Unhealthy);
        drop(Variables::create(&path).expect("made"));
        assert_eq!(store.look().reason, None);
        fs::remove_file(&path).expect("removed");
        assert_eq!(store.look().status, Condition::Unhealthy, "also while it is open");
        fs::write(&path, [7; 8_192]).expect("written");
        assert_eq!(store.look().status, Condition::Unhealthy);
    }

    #[test]
    fn a_library_that_is_read_is_healthy() {
        let library = Library::start(Vec::new());
        assert!(library.wait_ready(Duration::from_secs(20)));
        assert_eq!(look_at_library(&library), Found::good());
    }
}
