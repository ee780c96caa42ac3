//! What scripts get from the worker's own environment, and who runs them.

use std::{env, ffi::OsString, fs};

use crate::macros::host::User;

/// Variables that scripts get; whatever else the server was started with (tokens, keys) is none of their business.
const ALLOWED: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "SHELL", "TZ"];

/// The few variables that every script gets.
pub(super) fn allowed() -> Vec<(OsString, OsString)> {
    let is_allowed = |name: &OsString| name.to_str().is_some_and(|name| ALLOWED.contains(&name) || name.starts_with("LC_"));
    env::vars_os().filter(|(name, _)| is_allowed(name)).collect()
}

/// The user, from the environment and the system's list of users.
pub(super) fn user() -> User {
    let login = env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_default();
    let full = full_name(&login).unwrap_or_else(|| login.clone());
    User { login, full }
}

/// The login name of a user's number.
pub(super) fn login(number: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').nth(2).and_then(|own| own.parse().ok()) == Some(number))?;
    line.split(':').next().map(str::to_owned)
}

fn full_name(login: &str) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(login))?;
    let name = line.split(':').nth(4)?.split(',').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
