//! Setting kmtop up: a first home, clients, services, what packages hold.

mod bundle;
mod connect;
mod first;
mod generated;
mod service;
mod supervised;
mod units;

use std::{fs, path::Path, process::Command};

use crate::harness::{Home, Ran};

/// A home folder of a user, which is no folder of kmtop's, and kmtop in it.
struct Account {
    home: Home,
    user: tempfile::TempDir,
}

impl Account {
    fn new() -> Self {
        Self { home: Home::new(), user: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.user.path().join(name)
    }

    fn put(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("HOME", self.user.path());
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref()).unwrap()
}

/// How many copies of a file lie beside it.
fn copies(path: &Path) -> usize {
    let name = format!("{}.backup-", path.file_name().unwrap().to_str().unwrap());
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with(&name)).count()
}
