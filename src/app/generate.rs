//! `kmtop generate`: what packages and shells want of the command line and the settings.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::{Failure, screens, themes};
use crate::{
    cli::{self, Arguments, Generate},
    config,
};

/// Prints it.
pub(super) fn run(arguments: &Arguments, asked: &Generate) -> Result<ExitCode, Failure> {
    let text = match asked {
        Generate::Man => cli::manual().map_err(|error| Failure::wrong(format!("the manual page: {error}")))?,
        Generate::Completions { shell } => cli::completions(*shell),
        Generate::Config => config::example(),
        Generate::Screen(asked) => screens::picture(asked, arguments.theme.as_deref(), themes::folder(arguments))?,
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::wrong(format!("stdout: {error}"))),
        _ => Ok(ExitCode::SUCCESS),
    }
}
