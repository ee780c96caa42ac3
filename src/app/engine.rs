//! Which engine runs macros: its workers, and the files that it keeps.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Failure, questions::Answers};
use crate::{
    backend::{
        Questions, SharedBackend,
        apple_events::Surroundings,
        embedded::{Variables, VariablesError},
        program::{Program, Stores},
        web::WebLogin,
    },
    config::{BackendKind, Home, Settings},
    library::keyboard_maestro::KeyboardMaestroFiles,
    macros::Profile,
    tools::OwnFiles,
    util::clock::unix_ms,
};

/// The engine that runs macros here.
pub(super) struct Engine {
    /// Its kind, never [`BackendKind::Auto`].
    pub(super) kind: BackendKind,
    /// Keyboard Maestro's own files, where there are any.
    pub(super) files: Option<KeyboardMaestroFiles>,
    /// Whether macros run on another machine, whose files are not here.
    elsewhere: bool,
}

impl Engine {
    pub(super) fn of(home: &Home, settings: &Settings) -> Self {
        let files = keyboard_maestro(home, settings);
        let kind = settings.backend.kind.decided(files.is_some());
        let elsewhere = kind == BackendKind::Web && !(settings.backend.web.is_local() && files.is_some());
        Self { kind, files, elsewhere }
    }

    /// The macro files and folders that are served: those of the settings, or else what belongs to the engine.
    pub(super) fn macro_files(&self, home: &Home, settings: &Settings) -> Vec<PathBuf> {
        if !settings.engine.library.is_empty() {
            return settings.library(home);
        }
        let own = self.files.iter().map(KeyboardMaestroFiles::macros);
        match (self.kind, self.mirror(home)) {
            (_, Some(list)) => vec![list],
            // Keyboard Maestro runs what it has itself, and nothing of kmtop's own folder.
            (BackendKind::Osascript | BackendKind::Web, None) => own.collect(),
            _ => settings.library(home).into_iter().chain(own).collect(),
        }
    }

    /// Where the list of macros of a Mac elsewhere is kept.
    pub(super) fn mirror(&self, home: &Home) -> Option<PathBuf> {
        self.elsewhere.then(|| home.state_dir.join("web-macros.kmmacros"))
    }

    /// What is read from files because Keyboard Maestro on this very machine runs the macros.
    pub(super) fn own_files(&self) -> Option<OwnFiles> {
        let runs_here = matches!(self.kind, BackendKind::Osascript | BackendKind::Web) && !self.elsewhere;
        let files = self.files.clone().filter(|_| runs_here)?;
        Some(OwnFiles::new(files, self.kind == BackendKind::Osascript))
    }

    /// Makes what workers need, and the backend that starts them.
    pub(super) fn backend(
        &self,
        home: &Home,
        settings: &Settings,
        profile: &Profile,
        answers: Arc<Answers>,
    ) -> Result<SharedBackend, Failure> {
        if self.kind == BackendKind::Embedded {
            create_variables(&home.variables_file())?;
        }
        self.program(home, settings, profile, answers)
    }

    /// The backend whose workers run programs that are no macros, whichever engine runs those.
    pub(super) fn programs(home: &Home, profile: &Profile, questions: Arc<dyn Questions>) -> Result<SharedBackend, Failure> {
        create_variables(&home.variables_file())?;
        let (variables, semaphores, own) = (home.variables_file(), home.semaphores_dir(), home.own());
        let stores = Stores { variables: &variables, semaphores: &semaphores, own: &own };
        Ok(Arc::new(Program::embedded(own_program()?, stores, profile, questions)))
    }

    /// The backend that starts workers.
    pub(super) fn program(
        &self,
        home: &Home,
        settings: &Settings,
        profile: &Profile,
        questions: Arc<dyn Questions>,
    ) -> Result<SharedBackend, Failure> {
        Ok(Arc::new(match self.kind {
            BackendKind::Auto | BackendKind::Embedded => {
                let (variables, semaphores) = (home.variables_file(), home.semaphores_dir());
                let own = home.own();
                let stores = Stores { variables: &variables, semaphores: &semaphores, own: &own };
                Program::embedded(own_program()?, stores, profile, questions)
            }
            BackendKind::Osascript => {
                Program::osascript(settings.backend.osascript.clone(), &Surroundings::of_process(), questions)
            }
            BackendKind::Web => Program::web(own_program()?, &login(home, settings)?, questions),
            BackendKind::Command => {
                let program = Program::command(&settings.backend.command, questions);
                program.map_err(|error| Failure::wrong(format!("[backend] command: {error}")))?
            }
        }))
    }
}

/// Keyboard Maestro's own files, where there are any.
fn keyboard_maestro(home: &Home, settings: &Settings) -> Option<KeyboardMaestroFiles> {
    let user = home.user_dir.as_ref().filter(|_| settings.engine.keyboard_maestro_files)?;
    Some(KeyboardMaestroFiles::under(user)).filter(KeyboardMaestroFiles::are_there)
}

/// Who logs in at the web server. The password's file is the owner's alone.
fn login(home: &Home, settings: &Settings) -> Result<WebLogin, Failure> {
    let web = &settings.backend.web;
    let path = web.password_file(home);
    let about = |what: String| Failure::wrong(format!("the password file {} {what}", path.display()));
    let metadata = fs::metadata(&path)
        .map_err(|error| about(format!("cannot be read ({error}); write the web server's password into it, for you alone")))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(about("is open to others; run `chmod 600` on it".to_owned()));
    }
    let text = fs::read_to_string(&path).map_err(|error| about(format!("cannot be read ({error})")))?;
    let password = text.trim_end_matches(['\n', '\r']).to_owned();
    Ok(WebLogin { address: web.address.clone(), user: web.user.clone(), password, pinned_key: web.pinned_key.clone() })
}

/// Makes the variables file and brings it up to date before any worker opens it.
fn create_variables(variables: &Path) -> Result<(), Failure> {
    let failed = |error: VariablesError| Failure::wrong(format!("the variables file {}: {error}", variables.display()));
    match Variables::create(variables) {
        Err(VariablesError::Sqlite(error)) if is_damage(&error) => {
            put_aside(variables)?;
            Variables::create(variables).map_err(failed)?
        }
        created => created.map_err(failed)?,
    };
    Ok(())
}

/// Whether the file is no database any more. Whatever else is the matter, the file may be good.
fn is_damage(error: &rusqlite::Error) -> bool {
    let damage = [rusqlite::ErrorCode::NotADatabase, rusqlite::ErrorCode::DatabaseCorrupt];
    error.sqlite_error_code().is_some_and(|code| damage.contains(&code))
}

/// Keeps a damaged file under another name, so that the server can go on and somebody can save what is in it.
#[expect(clippy::print_stderr, reason = "whoever starts the server has to know that variables are gone")]
fn put_aside(path: &Path) -> Result<(), Failure> {
    let aside = path.with_extension(format!("sqlite.corrupt-{}", unix_ms()));
    std::fs::rename(path, &aside)
        .map_err(|error| Failure::wrong(format!("the damaged variables file {} cannot be put aside: {error}", path.display())))?;
    // A log left behind would be taken for the new file's.
    for side in ["-wal", "-shm"] {
        let beside = |file: &Path| PathBuf::from(format!("{}{side}", file.display()));
        let _ = std::fs::rename(beside(path), beside(&aside));
    }
    let text = format!("the variables file {} is damaged and was put aside as {}", path.display(), aside.display());
    tracing::error!("{text}");
    eprintln!("kmtop: {text}; variables start empty");
    Ok(())
}

/// The file of this very program. On Linux through the running image, which stays what it is when the file is replaced by an
/// upgrade.
pub(super) fn own_program() -> Result<PathBuf, Failure> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().map_err(|error| Failure::wrong(format!("kmtop cannot find its own program: {error}")))
}
