//! `kmtop themes`: what there is, what is wrong with it, and themes of btop.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use super::Failure;
use crate::{
    cli::{self, Arguments},
    config::{Environment, Home},
    tui::{ColorMode, Themes, contrast_faults, import_btop},
};

pub(super) fn run(arguments: &Arguments, asked: &cli::Themes) -> Result<ExitCode, Failure> {
    let folder = folder(arguments);
    let themes = Themes::new(folder.clone(), ColorMode::Truecolor);
    match asked {
        cli::Themes::List => {
            let mut text = String::new();
            for name in themes.names() {
                let own = folder.as_ref().map(|folder| folder.join(format!("{name}.toml"))).filter(|file| file.is_file());
                let place = own.map_or_else(|| "built in".to_owned(), |file| file.display().to_string());
                let kind = if themes.load(&name).0.light { "light" } else { "dark" };
                let _ = writeln!(text, "{name:<20} {kind:<6} {place}");
            }
            print(&text).map(|()| ExitCode::SUCCESS)
        }
        cli::Themes::Check { names } => check(&themes, names),
        cli::Themes::ImportBtop { file } => {
            let wrong = |why: String| Failure::wrong(format!("{}: {why}", file.display()));
            let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
            let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("imported");
            let (theme, warnings) = import_btop(name, &text).map_err(wrong)?;
            for warning in warnings {
                say(&format!("{}: {warning}", file.display()));
            }
            print(&theme).map(|()| ExitCode::SUCCESS)
        }
    }
}

/// Where themes of the user's own are; settings that cannot be read are no hindrance here.
pub(super) fn folder(arguments: &Arguments) -> Option<std::path::PathBuf> {
    let home = Home::resolve(&Environment::of_process(), arguments.config.as_deref()).ok()?;
    home.config_file.parent().map(|folder| folder.join("themes"))
}

fn check(themes: &Themes, names: &[String]) -> Result<ExitCode, Failure> {
    let known = themes.names();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(Failure::wrong(format!("there is no theme {unknown}; have: {}", known.join(", "))));
    }
    let mut text = String::new();
    let mut code = 0;
    for name in if names.is_empty() { &known } else { names } {
        let (theme, warnings) = themes.load(name);
        let faults: Vec<String> = warnings.iter().map(ToString::to_string).chain(contrast_faults(&theme)).collect();
        let _ = writeln!(text, "{name}: {}", if faults.is_empty() { "ok" } else { "faults" });
        for fault in &faults {
            let _ = writeln!(text, "  {fault}");
            code = 1;
        }
    }
    print(&text).map(|()| ExitCode::from(code))
}

fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::wrong(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

#[expect(clippy::print_stderr, reason = "what was not understood, beside what is printed")]
fn say(words: &str) {
    eprintln!("kmtop: {words}");
}
