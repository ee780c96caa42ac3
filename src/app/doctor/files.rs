//! The files: home, token, library, and those of Keyboard Maestro.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{Patient, stack};
use crate::{
    backend::embedded::Variables,
    cli::Diagnosis,
    config::BackendKind,
    library::{Snapshot, keyboard_maestro::OwnFileError},
};

pub(super) fn look(patient: &Patient) -> Vec<Diagnosis> {
    let mut findings = vec![home(patient)];
    findings.extend(secret("token", &patient.home.token_file()));
    findings.push(library(patient));
    findings.push(variables(patient));
    if let Some(files) = &patient.engine.files {
        findings.push(own("statistics", files.statistics().map(|table| format!("of {} macros", table.macros.len()))));
        let log = files.log_entries(&crate::library::engine_log::LogFilter { limit: 1, ..Default::default() });
        findings.push(own("engine-log", log.map(|_| files.log().display().to_string())));
    }
    findings
}

fn home(patient: &Patient) -> Diagnosis {
    let state = &patient.home.state_dir;
    if !state.exists() {
        return Diagnosis::ok("home", format!("{} is made at the first start", state.display()));
    }
    // What can be written now can be written by a server.
    match tempfile::tempfile_in(state) {
        Ok(_) => Diagnosis::ok("home", state.display().to_string()),
        Err(error) => Diagnosis::fault(
            "home",
            format!("{} cannot be written: {error}", state.display()),
            "make the folder yours (`chown`), or set KMTOP_HOME to another",
        ),
    }
}

/// A file that is its owner's alone; nothing is said of one that is not there.
fn secret(check: &'static str, path: &Path) -> Option<Diagnosis> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let others = mode & 0o077;
    Some(if others == 0 {
        Diagnosis::ok(check, path.display().to_string())
    } else {
        let found = format!("{} is open to others (mode {mode:o})", path.display());
        Diagnosis::fault(check, found, format!("run `chmod 600 '{}'`, and take a new one if others were here", path.display()))
    })
}

fn library(patient: &Patient) -> Diagnosis {
    if patient.engine.mirror(&patient.home).is_some() {
        return Diagnosis::skipped("library", "the Mac's own, as its web server lists it");
    }
    let paths: Vec<_> = patient.engine.macro_files(&patient.home, &patient.settings);
    // kmtop makes its own folder at its first start.
    let there: Vec<_> = paths.iter().filter(|path| path.exists() || **path != patient.home.library_dir()).cloned().collect();
    let snapshot = Snapshot::read(&there, &stack::profile(&patient.settings));
    let macros: usize = snapshot.files.iter().map(|file| file.entries.len()).sum();
    let wrong: Vec<String> =
        snapshot.index.files_unreadable.iter().map(|(path, error)| format!("{}: {error}", path.display())).collect();
    let same = snapshot.index.duplicate_names().len();
    let found = format!("{macros} macros in {} files", snapshot.files.len());
    let finding = if !wrong.is_empty() {
        Diagnosis::fault("library", wrong.join("; "), "mend or remove these files, or name others as `library` in [engine]")
    } else if macros == 0 {
        let places = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        Diagnosis::warning(
            "library",
            format!("no macros in {places}"),
            "put .kmmacros files there, or name their place as `library` in [engine]",
        )
    } else if same > 0 {
        let found = format!("{found}; {same} names are those of several macros");
        Diagnosis::warning("library", found, "call these by UUID; km_engine_status lists them")
    } else {
        Diagnosis::ok("library", found)
    };
    finding.with("macros", macros as f64)
}

fn variables(patient: &Patient) -> Diagnosis {
    match (patient.engine.kind, &patient.engine.files) {
        (BackendKind::Osascript | BackendKind::Web, Some(files)) => {
            own("variables", files.variables().map(|variables| format!("{} in Keyboard Maestro's own file", variables.len())))
        }
        (BackendKind::Embedded, _) => {
            let path = patient.home.variables_file();
            if !path.exists() {
                return Diagnosis::ok("variables", format!("{} is made at the first start", path.display()));
            }
            match Variables::open(&path).and_then(|variables| variables.names()) {
                Ok(names) => Diagnosis::ok("variables", format!("{} in {}", names.len(), path.display())),
                Err(error) => Diagnosis::fault(
                    "variables",
                    format!("{}: {error}", path.display()),
                    "a damaged file is put aside at the next start; restore it from a backup before that if you need what it held",
                ),
            }
        }
        _ => Diagnosis::skipped("variables", "the worker's own"),
    }
}

/// One of Keyboard Maestro's files.
fn own(check: &'static str, read: Result<String, OwnFileError>) -> Diagnosis {
    read.map_or_else(
        |error| {
            let fix = "open Keyboard Maestro once, so that it makes its files; keyboard_maestro_files = false in [engine] does without them";
            Diagnosis::warning(check, error.to_string(), fix)
        },
        |found| Diagnosis::ok(check, found),
    )
}
