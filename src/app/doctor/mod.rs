//! `kmtop doctor`: looks at everything that has to be right, changes nothing, and says what to do about what is not.

mod files;
mod places;
mod screen;
mod workers;

use std::process::ExitCode;

use super::{Failure, block_on, engine::Engine, stack};
use crate::{
    cli::{self, Arguments, Diagnosis, Examination},
    config::{self, BackendKind, Environment, Home, Settings},
};

/// What is looked at.
struct Patient {
    home: Home,
    settings: Settings,
    engine: Engine,
}

/// Prints what was found; exit code 1 when something does not work.
pub(super) fn run(arguments: &Arguments, json: bool) -> Result<ExitCode, Failure> {
    let examination = examine(arguments)?;
    let printed = if json {
        serde_json::to_value(&examination).map_err(std::io::Error::from).and_then(|value| cli::value(&value))
    } else {
        cli::line(&examination.text())
    };
    printed.map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(if examination.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Looks at everything.
pub(super) fn examine(arguments: &Arguments) -> Result<Examination, Failure> {
    let environment = Environment::of_process();
    let home = Home::resolve(&environment, arguments.config.as_deref())?;
    let mut findings = Vec::new();
    let settings = match config::load(&home, &environment, &arguments.overrides()) {
        Ok(settings) => {
            let words = if home.config_file.exists() { "" } else { " (not there: all defaults hold)" };
            findings.push(Diagnosis::ok("config", format!("{}{words}", home.config_file.display())));
            settings
        }
        Err(error) => {
            let fix = "correct the file as it says; until then the rest is looked at as if there were none";
            findings.push(Diagnosis::fault("config", error.to_string(), fix));
            Settings::default()
        }
    };
    let engine = Engine::of(&home, &settings);
    let patient = Patient { home, settings, engine };
    findings.push(patient.backend());
    findings.extend(files::look(&patient));
    findings.extend(block_on(async { Ok(workers::look(&patient).await) })?);
    findings.extend(block_on(async { Ok(places::look(&patient).await) })?);
    findings.extend(screen::look(&environment));
    Ok(Examination::of(findings))
}

impl Patient {
    fn backend(&self) -> Diagnosis {
        let kind = self.engine.kind.word();
        match self.settings.backend.kind {
            BackendKind::Auto => Diagnosis::ok("backend", format!("{kind} (chosen because backend.kind is \"auto\")")),
            BackendKind::Osascript if !cfg!(target_os = "macos") && self.settings.backend == usual_osascript() => {
                let found = "osascript is a program of macOS, and this is none";
                Diagnosis::fault("backend", found, "set kind = \"embedded\", or \"web\" for a Mac elsewhere, in [backend]")
            }
            _ => Diagnosis::ok("backend", kind),
        }
    }
}

/// The settings of the backend for the system's own program.
fn usual_osascript() -> config::Backend {
    config::Backend { kind: BackendKind::Osascript, ..config::Backend::default() }
}
