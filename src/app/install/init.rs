//! `kmtop init`: a first settings file and the sample library.

use std::process::ExitCode;

use super::{Failure, say, write};
use crate::{
    cli::{Arguments, Init},
    config::{self, Environment, Home},
    install::{Change, SAMPLE, first_config},
};

/// Writes what is not there yet; what is there stays unless it is to be written anew.
pub(in crate::app) fn run(arguments: &Arguments, asked: &Init) -> Result<ExitCode, Failure> {
    let home = Home::resolve(&Environment::of_process(), arguments.config.as_deref())?;
    home.create()?;
    let files = [
        (home.config_file.clone(), first_config(&config::example())),
        (home.library_dir().join("sample.kmmacros"), SAMPLE.to_owned()),
    ];
    for (path, text) in files {
        let change = Change::of(&path)?.to(text);
        match change.before() {
            Some(_) if !change.changes() => say(&format!("as it should be: {}", path.display()))?,
            Some(_) if !asked.force => {
                say(&format!("left as it is: {} (--force writes it anew and keeps a copy)", path.display()))?;
            }
            _ => write(&change)?,
        }
    }
    say(
        "\nnext:\n  kmtop demo                     a first look\n  kmtop connect claude-desktop   or claude-code, cursor, vscode: let a client call\n  kmtop                          the console: see what it calls\n  kmtop service install          keep it running",
    )?;
    Ok(ExitCode::SUCCESS)
}
