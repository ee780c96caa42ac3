//! The console's own files: keys, layouts and themes. Read at the start, and again when they have changed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Files, Keymap, Layout, Options, Themes, layouts};

/// The keys and layouts of these options' files; what is not there is as it is by default.
///
/// # Errors
/// With what is wrong with a file, for people: file, line, and what to do.
pub fn read(options: &Options) -> Result<(Keymap, Vec<Layout>), String> {
    Ok((keys(options)?, layouts(options)?))
}

fn keys(options: &Options) -> Result<Keymap, String> {
    let Some((name, text)) = text(options.keys_file.as_deref())? else { return Ok(Keymap::default()) };
    Keymap::read(&name, &text).map_err(|error| error.to_string())
}

fn layouts(options: &Options) -> Result<Vec<Layout>, String> {
    let Some((name, text)) = text(options.layouts_file.as_deref())? else { return Ok(Vec::new()) };
    layouts::read(&name, &text)
}

fn text(file: Option<&Path>) -> Result<Option<(String, String)>, String> {
    let Some(file) = file else { return Ok(None) };
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some((file.display().to_string(), text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

/// All of them as they are now.
pub(super) fn all(options: &Options, themes: &Themes, asked: bool) -> Files {
    Files { themes: themes.names(), keys: keys(options), layouts: layouts(options), asked }
}

/// Notices that a file has changed.
#[derive(Debug)]
pub(super) struct Watch {
    paths: Vec<PathBuf>,
    seen: Vec<Option<SystemTime>>,
}

impl Watch {
    /// Looks at the files of keys and layouts and at every file in the folder of themes.
    pub(super) fn new(options: &Options) -> Self {
        let files = [&options.keys_file, &options.layouts_file, &options.theme_dir];
        let paths: Vec<PathBuf> = files.into_iter().flatten().cloned().collect();
        let seen = stamps(&paths);
        Self { paths, seen }
    }

    /// Whether something has changed since the last look.
    pub(super) fn changed(&mut self) -> bool {
        let now = stamps(&self.paths);
        let changed = now != self.seen;
        self.seen = now;
        changed
    }
}

/// When each file was last written; of a folder, also its files.
fn stamps(paths: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let written = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let mut stamps = Vec::new();
    for path in paths {
        stamps.push(written(path));
        let mut files: Vec<PathBuf> = fs::read_dir(path).into_iter().flatten().flatten().map(|file| file.path()).collect();
        files.sort();
        stamps.extend(files.iter().map(|file| written(file)));
    }
    stamps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_noticed_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let themes = folder.path().join("themes");
        fs::create_dir(&themes).expect("made");
        let options =
            Options { keys_file: Some(folder.path().join("keys.toml")), theme_dir: Some(themes.clone()), ..Options::default() };
        let mut watch = Watch::new(&options);
        assert!(!watch.changed());
        fs::write(folder.path().join("keys.toml"), "zoom = \"f\"").expect("written");
        assert!(watch.changed() && !watch.changed());
        fs::write(themes.join("own.toml"), "").expect("written");
        assert!(watch.changed() && !watch.changed());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys.toml");
        let options = Options { keys_file: Some(keys.clone()), ..Options::default() };
        assert!(read(&options).is_ok(), "no file is no fault");
        fs::write(&keys, "zoom = \"q\"").expect("written");
        let told = read(&options).expect_err("refused");
        assert!(told.starts_with(&format!("{}:1: ", keys.display())), "{told}");
    }
}
