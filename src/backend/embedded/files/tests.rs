use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
};

use super::{Own, copy, entry, real, write};
use crate::macros::host::{FileChange, FileKind, HostError, MAX_FILE};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn message<T>(result: Result<T, HostError>) -> String {
    match result {
        Err(HostError::Failed(message)) => message,
        Err(HostError::Cancelled) => "cancelled".into(),
        Ok(_) => "done".into(),
    }
}

#[test]
fn files_are_written_whole() {
    let folder = folder();
    let path = folder.path().join("a");
    write::replace(&path, b"one").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    let link = folder.path().join("link");
    symlink(&path, &link).expect("a link");
    write::replace(&link, b"two").expect("written");
    write::append(&link, b"+").expect("written");
    assert_eq!(entry::read(&path).expect("read"), b"two+");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 2, "nothing is left beside them");
    assert!(
        message(write::replace(folder.path(), b"x")).contains("director"),
        "{}",
        message(write::replace(folder.path(), b"x"))
    );
    let nowhere = folder.path().join("no/where");
    assert!(message(write::replace(&nowhere, b"x")).contains("no such file or folder"));
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    assert!(message(entry::read(&pipe)).contains("pipe"));
    assert!(
        message(write::append(&pipe, b"x")).contains("pipe") || message(write::append(&pipe, b"x")).contains("No such device")
    );
    let link = folder.path().join("zero");
    symlink("/dev/zero", &link).expect("a link");
    for path in [Path::new("/dev/zero"), Path::new("/dev/../dev/null"), &link] {
        assert!(message(entry::read(path)).contains("/dev"), "{}", path.display());
    }
    assert!(message(real("write", Path::new("/dev/new"))).contains("/dev"));
    let sparse = folder.path().join("sparse");
    fs::File::create(&sparse).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    assert!(message(entry::read(&sparse)).contains(&MAX_FILE.to_string()));
}

#[test]
fn folders_are_copied_with_what_they_hold() {
    let folder = folder();
    let from = folder.path().join("from");
    fs::create_dir_all(from.join("inner")).expect("made");
    fs::write(from.join("inner/x"), "x").expect("written");
    symlink("inner/x", from.join("link")).expect("a link");
    let to = folder.path().join("to");
    copy::copy(&from, &to, &mut || false).expect("copied");
    assert_eq!(fs::read_to_string(to.join("link")).expect("read"), "x");
    assert!(fs::symlink_metadata(to.join("link")).expect("there").is_symlink());
    assert!(message(copy::copy(&from, &from.join("inner/again"), &mut || false)).contains("into itself"));
    // A cancelled copy leaves nothing.
    let mut looks = 0;
    let stopped = copy::copy(&from, &folder.path().join("half"), &mut || {
        looks += 1;
        looks > 2
    });
    assert_eq!(stopped, Err(HostError::Cancelled));
    assert!(!folder.path().join("half").exists());
}

#[test]
fn what_is_in_the_way_of_a_copy_stays() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "f").expect("written");
    fs::create_dir(at("from")).expect("made");
    fs::create_dir(at("folder")).expect("made");
    fs::write(at("folder/kept"), "k").expect("written");
    for from in ["file", "from"] {
        for to in ["folder", "folder/kept"] {
            assert!(message(copy::copy(&at(from), &at(to), &mut || false)).contains("already"), "{from} to {to}");
        }
    }
    assert_eq!(fs::read_to_string(at("folder/kept")).expect("there"), "k");
}

#[test]
fn own_folders_are_known_behind_links_and_before_they_are_made() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("a/own")).expect("made");
    symlink(at("a"), at("link")).expect("a link");
    let own = Own::new(&[at("a/own"), at("later/own"), "/".into()]);
    for path in ["a/own", "a/own/x/y", "link/own/x", "a/../a/own/x", "later/own/deep/x"] {
        assert!(own.holds(&at(path)), "{path}");
    }
    assert!(!own.holds(&at("a/x")) && !own.holds(Path::new("/")), "what holds the home is not kept from anybody");
    assert!(own.is_within(&at("link")) && own.is_within(&at("later")) && !own.is_within(&at("a/other")));
}

#[test]
fn attributes_are_told_and_set() {
    let folder = folder();
    let path = folder.path().join("a");
    fs::write(&path, "abc").expect("written");
    let modified = Some("2020-02-03T04:05:06Z".parse().expect("a time"));
    entry::change(&path, &FileChange { permissions: Some(0o600), modified }).expect("set");
    let info = entry::info(&path, true).expect("looked at").expect("there");
    assert_eq!((info.kind, info.size, info.permissions, info.modified), (FileKind::File, 3, 0o600, modified));
    assert!(!info.owner.is_empty());
    assert_eq!(entry::info(&folder.path().join("b"), true), Ok(None));
    assert_eq!(entry::info(&path.join("below"), true), Ok(None));
}
