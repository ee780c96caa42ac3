//! `kmtop macros`: what macro files hold, and what of it runs here.

use std::{path::PathBuf, process::ExitCode};

use super::{Failure, Setup, engine::Engine, stack};
use crate::{
    cli::{self, MacrosCommand},
    library::{FindError, Lint, Snapshot},
    macros::Profile,
};

/// Reads the files, or those of the settings' library, and prints what was asked for. Exit code 1 when a file cannot be read, or
/// the macro asked for is not there.
pub(super) fn run(setup: &Setup, asked: MacrosCommand) -> Result<ExitCode, Failure> {
    let profile = stack::profile(&setup.settings);
    let read = |files: Vec<PathBuf>| {
        let paths = if files.is_empty() {
            Engine::of(&setup.home, &setup.settings).macro_files(&setup.home, &setup.settings)
        } else {
            files
        };
        Snapshot::read(&paths, &profile)
    };
    match asked {
        MacrosCommand::List { files } => {
            let snapshot = read(files);
            print(&cli::macro_list(&snapshot))?;
            Ok(code(&snapshot))
        }
        MacrosCommand::Show { name, files } => show(&read(files), &name, &profile),
        MacrosCommand::Lint { json, files } => {
            let snapshot = read(files);
            let lint = Lint::of(&snapshot, &profile);
            if json {
                let value = serde_json::to_value(&lint).map_err(|error| Failure::wrong(error.to_string()))?;
                cli::value(&value).map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
            } else {
                print(&cli::lint_text(&lint))?;
            }
            Ok(code(&snapshot))
        }
    }
}

#[expect(clippy::print_stderr, reason = "stdout carries the macro alone")]
fn show(snapshot: &Snapshot, name: &str, profile: &Profile) -> Result<ExitCode, Failure> {
    for (path, error) in &snapshot.index.files_unreadable {
        eprintln!("kmtop: {}: {error}", path.display());
    }
    match snapshot.index.find(name) {
        Ok(entry) => {
            print(&cli::macro_whole(entry, &snapshot.index, profile))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ (FindError::Missing { .. } | FindError::Ambiguous { .. })) => {
            eprintln!("kmtop: {error}; `kmtop macros list` shows them all");
            Ok(ExitCode::from(1))
        }
    }
}

fn print(text: &str) -> Result<(), Failure> {
    cli::line(text).map_err(|error| Failure::wrong(format!("stdout: {error}")))
}

fn code(snapshot: &Snapshot) -> ExitCode {
    if snapshot.index.files_unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
