//! Where this program is, for those who shall start it later.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::Failure;
use crate::config::Environment;

/// The path under which this program is found again after an upgrade: a link to it on the search path goes before the file itself,
/// which for packages like Homebrew's has the version in its path.
pub(super) fn path(environment: &Environment) -> Result<PathBuf, Failure> {
    let own = env::current_exe().map_err(|error| Failure::wrong(format!("this program does not know where it is: {error}")))?;
    let Ok(real) = fs::canonicalize(&own) else { return Ok(own) };
    let name = own.file_name().unwrap_or_default();
    let folders: Vec<PathBuf> = environment.get("PATH").map(|path| env::split_paths(path).collect()).unwrap_or_default();
    let leads_here = |path: &PathBuf| path.is_absolute() && fs::canonicalize(path).is_ok_and(|found| found == real);
    Ok(folders.iter().map(|folder| folder.join(name)).find(leads_here).unwrap_or(own))
}

/// A path as another program may be told of it.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
