//! Errors that end the program, and their exit codes.

use std::process::ExitCode;

use crate::config::ConfigError;

/// Why the program ends: words for stderr, and the exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    report: color_eyre::Report,
}

impl Failure {
    /// What was there has gone: exit code 1.
    pub fn gone(words: impl Into<String>) -> Self {
        Self { code: 1, report: color_eyre::eyre::eyre!(words.into()) }
    }

    /// Wrong use, or something could not run: exit code 2.
    pub fn wrong(words: impl Into<String>) -> Self {
        Self { code: 2, report: color_eyre::eyre::eyre!(words.into()) }
    }

    /// The home or the port is another's: exit code 3.
    pub fn held(words: impl Into<String>) -> Self {
        Self { code: 3, report: color_eyre::eyre::eyre!(words.into()) }
    }

    /// It in words, cause by cause.
    pub(super) fn words(&self) -> String {
        self.report.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    /// Says it on stderr, cause by cause.
    #[expect(clippy::print_stderr, reason = "this is the one place where the program's last words go to people")]
    pub(super) fn report(&self) -> ExitCode {
        eprintln!("kmtop: {}", self.words());
        ExitCode::from(self.code)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { code: 2, report: error.into() }
    }
}
