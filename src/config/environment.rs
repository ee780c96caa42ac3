//! The environment variables, held as a value so that tests need not touch those of the process.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// Environment variables by name. A variable that is set to nothing counts as unset.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// The variables of this process. Where `HOME` is missing (a bare service), the account's home folder stands in.
    #[must_use]
    pub fn of_process() -> Self {
        let mut environment: Self = std::env::vars_os().collect();
        if environment.get("HOME").is_none()
            && let Ok(home) = etcetera::home_dir()
        {
            environment.set("HOME", home);
        }
        environment
    }

    /// Sets one variable of this value; the process's own stays as it is.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    /// The value of `name`, unless it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The value of `name` as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// The user's home folder.
    #[must_use]
    pub fn home_dir(&self) -> Option<PathBuf> {
        self.path("HOME").filter(|path| path.is_absolute())
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self { variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
