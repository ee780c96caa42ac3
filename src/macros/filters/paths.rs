//! Paths as texts. Nothing is looked at.

/// What a path is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathParts<'p> {
    /// The folder that holds it; `/Nowhere` of a path that does not begin at the root.
    pub parent: &'p str,
    /// Its last part.
    pub name: &'p str,
    /// The name without its extension.
    pub base: &'p str,
    /// Behind the last dot of the name; empty when there is none.
    pub extension: &'p str,
}

/// Takes a path apart.
#[must_use]
pub fn split_path(path: &str) -> PathParts<'_> {
    let whole = trimmed(path);
    let (parent, name) = match whole.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((parent, name)) => (trimmed(parent), name),
        None => ("/Nowhere", whole),
    };
    let parent = if whole.starts_with('/') { parent } else { "/Nowhere" };
    let (base, extension) = split_extension(name);
    PathParts { parent, name, base, extension }
}

/// Without slashes at its end, unless it is nothing else.
fn trimmed(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && path.starts_with('/') { "/" } else { trimmed }
}

/// A dot at the start of a name begins no extension.
fn split_extension(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((base, extension)) if !base.is_empty() && !extension.contains(' ') => (base, extension),
        _ => (name, ""),
    }
}

pub(super) fn parent(path: &str) -> String {
    match trimmed(path).rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((parent, _)) => trimmed(parent).to_owned(),
        None => String::new(),
    }
}

pub(super) fn file_name(path: &str) -> String {
    split_path(path).name.to_owned()
}

pub(super) fn extension(path: &str) -> String {
    split_path(path).extension.to_owned()
}

pub(super) fn without_extension(path: &str) -> String {
    let path = trimmed(path);
    let extension = split_path(path).extension;
    if extension.is_empty() { path.to_owned() } else { path[..path.len() - extension.len() - 1].to_owned() }
}

pub(super) fn expand_tilde(path: &str, home: &str) -> String {
    match path.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => trimmed(home).to_owned() + rest,
        // Homes of others are not known here.
        _ => path.to_owned(),
    }
}

pub(super) fn abbreviate(path: &str, home: &str) -> String {
    match path.strip_prefix(trimmed(home)) {
        Some(rest) if home != "/" && !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => ["~", rest].concat(),
        _ => path.to_owned(),
    }
}

/// With the home folder for `~`, without empty parts, `.` and what `..` takes back.
pub(super) fn standardize(path: &str, home: &str) -> String {
    let path = expand_tilde(path, home);
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if absolute => {
                parts.pop();
            }
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    (if absolute { "/" } else { "" }).to_owned() + &parts.join("/")
}
