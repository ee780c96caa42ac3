//! The user's trash: `~/.Trash` on macOS, elsewhere the home trash of the freedesktop.org Trash specification 1.0.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{super::host::WorkerHost, failed, refused};
use crate::macros::host::{Files as _, HostError};

const TRASH: &str = "move to the trash";
/// Names that are tried for one file.
const MOST_NAMES: u32 = 10_000;

pub(super) fn trash(host: &mut WorkerHost, path: &Path) -> Result<(), HostError> {
    fs::symlink_metadata(path).map_err(|error| failed(TRASH, path, &error))?;
    let name = path.file_name().ok_or_else(|| refused(TRASH, path, "it has no name"))?.to_string_lossy().into_owned();
    let home = host.home();
    if cfg!(target_os = "macos") {
        let folder = home.join(".Trash");
        return (1..MOST_NAMES)
            .map(|number| folder.join(numbered(&name, number)))
            .find(|target| fs::symlink_metadata(target).is_err())
            .ok_or_else(|| refused(TRASH, path, "the trash holds too many of that name"))
            .and_then(|target| host.move_file(path, &target));
    }
    let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let trash = data.unwrap_or_else(|| home.join(".local/share")).join("Trash");
    let (files, notes) = (trash.join("files"), trash.join("info"));
    for folder in [&files, &notes] {
        host.create_folder(folder, true)?;
    }
    let (note, target) = reserve(path, &name, &files, &notes)?;
    host.move_file(path, &target).inspect_err(|_| {
        let _ = fs::remove_file(&note);
    })
}

/// The note that says where the file came from reserves the name, as the specification wants it.
fn reserve(path: &Path, name: &str, files: &Path, notes: &Path) -> Result<(PathBuf, PathBuf), HostError> {
    for number in 1..MOST_NAMES {
        let name = numbered(name, number);
        let (note, target) = (notes.join(format!("{name}.trashinfo")), files.join(&name));
        if fs::symlink_metadata(&target).is_ok() {
            continue;
        }
        let Ok(mut file) = fs::File::create_new(&note) else { continue };
        let date = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let text = format!("[Trash Info]\nPath={}\nDeletionDate={date}\n", encoded(path));
        file.write_all(text.as_bytes()).map_err(|error| failed("write", &note, &error))?;
        return Ok((note, target));
    }
    Err(refused(TRASH, path, "the trash holds too many of that name, or cannot be written"))
}

fn numbered(name: &str, number: u32) -> String {
    if number == 1 { name.to_owned() } else { format!("{name} {number}") }
}

/// A path with percent signs, as in the path of a URL.
fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::encoded;

    #[test]
    fn paths_are_encoded_as_in_urls() {
        assert_eq!(encoded(Path::new("/a b/ü%.txt")), "/a%20b/%C3%BC%25.txt");
    }
}
