//! `kmtop connect`: kmtop in a client's own settings.

use std::{path::PathBuf, process::ExitCode};

use super::{Failure, agreed, program, prometheus, say, write};
use crate::{
    app::Setup,
    cli::{Arguments, ClientChoice, Connect},
    config::{Environment, Home},
    install::{Change, Client, Entry},
};

/// Shows what changes, asks, writes.
pub(in crate::app) fn run(arguments: &Arguments, asked: &Connect) -> Result<ExitCode, Failure> {
    let client = match asked.client {
        ClientChoice::ClaudeDesktop => Client::ClaudeDesktop,
        ClientChoice::ClaudeCode => Client::ClaudeCode,
        ClientChoice::Cursor => Client::Cursor,
        ClientChoice::Vscode => Client::VsCode,
        ClientChoice::Prometheus => return prometheus::connect(&Setup::new(arguments)?, asked),
    };
    if asked.token_file.is_some() {
        return Err(Failure::wrong("--token-file is for prometheus: this client starts kmtop itself and needs no token"));
    }
    let environment = Environment::of_process();
    let entry = entry(arguments, asked, &environment)?;
    if asked.print {
        say(&format!("the command: {}\n", entry.line()))?;
        say(client.shown(&asked.name, &entry).trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let path = file(asked, client.file(&environment, cfg!(target_os = "macos")))?;
    let change = Change::of(&path)?;
    let before = change.before().unwrap_or_default().to_owned();
    if asked.remove && change.before().is_none() {
        say(&format!("nothing to do: {} is not there", path.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let after = if asked.remove {
        client.without(&path, &before, &asked.name)?
    } else {
        client.with(&path, &before, &asked.name, &entry)?
    };
    let seen = path.parent().is_some_and(std::path::Path::exists);
    if !seen {
        say(&format!("{} is not there; is {} installed?\n", path.parent().unwrap_or(&path).display(), client.title()))?;
    }
    apply(&change.to(after), asked, client.title(), client.afterwards())
}

/// Shows a change, asks and writes it, or says that there is none.
pub(super) fn apply(change: &Change, asked: &Connect, title: &str, afterwards: &str) -> Result<ExitCode, Failure> {
    if !change.changes() {
        let state = if asked.remove { "has no entry of that name" } else { "is as it should be" };
        say(&format!("nothing to do: {} {state}", change.path().display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(change.diff().trim_end())?;
    let question = if asked.remove { "Take it out?" } else { "Write this?" };
    if !agreed(asked.yes, question)? {
        say("nothing was written")?;
        return Ok(ExitCode::from(1));
    }
    write(change)?;
    say(&format!("{title}: {afterwards}"))?;
    Ok(ExitCode::SUCCESS)
}

/// The client's file: where it was said to be, or in its usual place.
pub(super) fn file(asked: &Connect, usual: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let file = asked.file.as_ref().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()));
    file.or(usual).ok_or_else(|| Failure::wrong("there is no home folder: set HOME, or name the client's file with --file"))
}

fn entry(arguments: &Arguments, asked: &Connect, environment: &Environment) -> Result<Entry, Failure> {
    if let Some(host) = &asked.ssh {
        return Ok(Entry::remote(host, &asked.remote_program));
    }
    // A client starts programs with an environment of its own: what says where this home is goes along.
    let home = Home::resolve(environment, arguments.config.as_deref())?;
    let flags = match &arguments.config {
        Some(_) => vec!["--config".to_owned(), home.config_file.display().to_string()],
        None => Vec::new(),
    };
    let program = program::path(environment)?;
    let unit = crate::install::Unit::new(program.clone(), environment, std::time::Duration::ZERO);
    Ok(Entry::local(&program, &flags, unit.environment))
}
