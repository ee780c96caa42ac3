//! Flag over environment over file over default.

use std::{
    ffi::OsStr,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{
    choice::{Auth, BackendKind},
    environment::Environment,
    error::{ConfigError, Fault, Place},
    file::{self, Parsed},
    home::Home,
    keys, trust,
};

/// What the command line sets; `None` leaves a setting to the environment, the file or the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--auth`.
    pub auth: Option<Auth>,
    /// `--pool-min`, in workers.
    pub pool_min: Option<u16>,
    /// `--pool-max`, in workers.
    pub pool_max: Option<u16>,
    /// `--library`, once or more often; takes the place of the file's list.
    pub library: Option<Vec<PathBuf>>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--window`, in seconds.
    pub window_s: Option<u32>,
    /// `--read-only`.
    pub read_only: Option<bool>,
}

/// The settings that hold for `home`.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read, is missing although it was named, may be written by others, or when a value
/// from anywhere cannot be taken.
pub fn load(home: &Home, environment: &Environment, overrides: &Overrides) -> Result<super::Settings, ConfigError> {
    let parsed = match trust::read(&home.config_file)? {
        Some(text) => file::parse(&home.config_file, &text)?,
        None if home.config_named => {
            let remedy = "name a file that exists, or leave the name out for the default";
            return Err(ConfigError::path(&home.config_file, "there is no such file", remedy));
        }
        None => Parsed::nothing(),
    };
    let mut layers = Layers { parsed, faults: Vec::new() };
    layers.paths_of_file(home, environment);
    layers.variables(environment);
    layers.flags(overrides);
    layers.pool_bounds();
    layers.backend(&home.config_file);
    layers.otlp(&home.config_file);
    if layers.faults.is_empty() { Ok(layers.parsed.settings) } else { Err(ConfigError::Values(layers.faults)) }
}

/// Settings under construction, with the place of each value that is not a default.
struct Layers {
    parsed: Parsed,
    faults: Vec<Fault>,
}

impl Layers {
    fn paths_of_file(&mut self, home: &Home, environment: &Environment) {
        let folder = home.config_file.parent().unwrap_or(Path::new("/"));
        for path in &mut self.parsed.settings.engine.library {
            *path = folder.join(expand(path, environment));
        }
        let password = &mut self.parsed.settings.backend.web.password_file;
        if !password.as_os_str().is_empty() {
            *password = folder.join(expand(password, environment));
        }
        let own = self.parsed.settings.tool.iter_mut();
        let own = own.flat_map(|own| {
            own.directory.iter_mut().chain(own.arguments.values_mut().filter_map(|argument| argument.root.as_mut()))
        });
        for path in own.chain(&mut self.parsed.settings.files.roots) {
            *path = folder.join(expand(path, environment));
        }
    }

    fn variables(&mut self, environment: &Environment) {
        if let Some(listen) = self.variable(environment, "KMTOP_LISTEN", "server", "listen") {
            self.parsed.settings.server.listen = listen;
        }
        if let Some(theme) = self.variable(environment, "KMTOP_THEME", "console", "theme") {
            self.parsed.settings.console.theme = theme;
        }
        if let Some(min) = self.variable(environment, "KMTOP_POOL_MIN", "pool", "min") {
            self.parsed.settings.pool.min = min;
        }
        if let Some(max) = self.variable(environment, "KMTOP_POOL_MAX", "pool", "max") {
            self.parsed.settings.pool.max = max;
        }
        if let Some(level) = self.variable(environment, "KMTOP_LOG", "log", "level") {
            self.parsed.settings.log.level = level;
        }
        if let Some(list) = environment.get("KMTOP_LIBRARY") {
            let paths = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty());
            self.parsed.settings.engine.library = paths.map(|path| here(&expand(&path, environment))).collect();
        }
    }

    /// The value of a variable for a key, if it is set and the key can hold it.
    fn variable<T: std::str::FromStr>(
        &mut self,
        environment: &Environment,
        name: &'static str,
        section: &'static str,
        key: &'static str,
    ) -> Option<T> {
        let value = environment.get(name)?;
        let text = value.to_str();
        self.take(Place::Variable(name), section, key, text.ok_or(value))?.parse().ok()
    }

    fn flags(&mut self, overrides: &Overrides) {
        if let Some(listen) = overrides.listen {
            self.parsed.settings.server.listen = listen;
        }
        if let Some(auth) = overrides.auth {
            self.parsed.settings.server.auth = auth;
        }
        if let Some(min) = overrides.pool_min.filter(|min| self.flag("--pool-min", "pool", "min", &min.to_string())) {
            self.parsed.settings.pool.min = min;
        }
        if let Some(max) = overrides.pool_max.filter(|max| self.flag("--pool-max", "pool", "max", &max.to_string())) {
            self.parsed.settings.pool.max = max;
        }
        if let Some(library) = &overrides.library {
            self.parsed.settings.engine.library = library.iter().map(|path| here(path)).collect();
        }
        if let Some(theme) = overrides.theme.as_ref().filter(|theme| self.flag("--theme", "console", "theme", theme)) {
            self.parsed.settings.console.theme.clone_from(theme);
        }
        if let Some(window) =
            overrides.window_s.filter(|window| self.flag("--window", "console", "window_s", &window.to_string()))
        {
            self.parsed.settings.console.window_s = window;
        }
        if let Some(read_only) = overrides.read_only {
            self.parsed.settings.console.read_only = read_only;
            self.parsed.settings.server.read_only |= read_only;
        }
    }

    fn flag(&mut self, name: &'static str, section: &'static str, key: &'static str, text: &str) -> bool {
        self.take(Place::Flag(name), section, key, Ok(text)).is_some()
    }

    /// Notes where a key's value now comes from, and a fault when the key cannot hold it.
    fn take<'t>(
        &mut self,
        place: Place,
        section: &'static str,
        name: &'static str,
        text: Result<&'t str, &OsStr>,
    ) -> Option<&'t str> {
        let key = keys::find(section, name)?;
        match text {
            Ok(text) if key.kind.check_text(text) => {
                self.parsed.places.insert((section, name), place);
                Some(text)
            }
            other => {
                let shown =
                    other.map_or_else(|raw| format!("\"{}\", which is not UTF-8", raw.display()), |text| format!("{text:?}"));
                let remedy = format!("set it to {}", key.kind.wanted());
                self.faults.push(Fault { place, key: Some(key.path()), what: format!("is {shown}"), remedy });
                None
            }
        }
    }

    /// A default gives way to what is set; two values that are set must agree.
    fn pool_bounds(&mut self) {
        let pool = &mut self.parsed.settings.pool;
        if pool.min <= pool.max || !self.faults.is_empty() {
            return;
        }
        let (min_place, max_place) = (self.parsed.places.get(&("pool", "min")), self.parsed.places.get(&("pool", "max")));
        match (min_place, max_place) {
            (Some(min_place), Some(max_place)) => self.faults.push(Fault {
                place: min_place.clone(),
                key: Some("pool.min".to_owned()),
                what: format!("is {}, above `pool.max`, which {max_place} sets to {}", pool.min, pool.max),
                remedy: "lower the one or raise the other".to_owned(),
            }),
            (Some(_), None) => pool.max = pool.min,
            (None, _) => pool.min = pool.max,
        }
    }

    /// A command belongs to the kind `command`, and that kind needs one.
    fn backend(&mut self, config_file: &Path) {
        let backend = &self.parsed.settings.backend;
        let unused = format!("is set, but `backend.kind` is \"{}\"", backend.kind.word());
        let place = |name| {
            let top = || Place::File { path: config_file.to_owned(), line: 1, column: 1 };
            self.parsed.places.get(&("backend", name)).cloned().unwrap_or_else(top)
        };
        let (name, what, remedy) = match (backend.kind, backend.command.is_empty()) {
            (BackendKind::Command, true) => (
                "kind",
                "is \"command\", but there is no `backend.command`",
                "add command = [\"PROGRAM\", \"ARGUMENT\"] to [backend]",
            ),
            (kind, false) if kind != BackendKind::Command => {
                ("command", &*unused, "add kind = \"command\" to [backend], or take the command out")
            }
            (BackendKind::Web, _) if backend.web.user.is_empty() => (
                "kind",
                "is \"web\", but there is no `backend.web.user`",
                "add user = \"NAME\" to [backend.web], as set in Keyboard Maestro's settings under Web Server",
            ),
            _ => return,
        };
        let fault =
            Fault { place: place(name), key: Some(format!("backend.{name}")), what: what.to_owned(), remedy: remedy.to_owned() };
        self.faults.push(fault);
    }

    /// A collector is for builds that can speak with one.
    fn otlp(&mut self, config_file: &Path) {
        if cfg!(feature = "otlp") || self.parsed.settings.otlp.endpoint.is_empty() {
            return;
        }
        let top = || Place::File { path: config_file.to_owned(), line: 1, column: 1 };
        self.faults.push(Fault {
            place: self.parsed.places.get(&("otlp", "endpoint")).cloned().unwrap_or_else(top),
            key: Some("otlp.endpoint".to_owned()),
            what: "is set, but this kmtop was built without OTLP".to_owned(),
            remedy: "build it with `cargo build --release --features otlp`, or take the endpoint out".to_owned(),
        });
    }
}

/// `~` and `~/…` are in the home folder.
fn expand(path: &Path, environment: &Environment) -> PathBuf {
    match (path.strip_prefix("~"), environment.home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Relative paths of variables and flags start where the command was given.
fn here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
