//! Arguments of what sets kmtop up: `init`, `connect`, `service`, `generate`, `bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

/// How a first home is made.
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// Write anew what is there already; a copy of it is kept beside it
    #[arg(long)]
    pub force: bool,
}

/// Which client is connected, and how.
#[derive(Debug, Clone, Args)]
pub struct Connect {
    /// The client
    #[arg(value_enum)]
    pub client: ClientChoice,
    /// Take the entry out again
    #[arg(long, conflicts_with_all = ["print", "ssh"])]
    pub remove: bool,
    /// Write without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Print the entry and write nothing: for clients that kmtop does not know
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// kmtop runs on this host, which `ssh HOST` reaches without a question
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub ssh: Option<String>,
    /// With --ssh: where kmtop is on that host, if not on the path of its shell
    #[arg(long, value_name = "PROGRAM", requires = "ssh", default_value = "kmtop")]
    pub remote_program: String,
    /// The entry's name
    #[arg(long, value_name = "NAME", default_value = "kmtop", value_parser = name)]
    pub name: String,
    /// The client's file, where it is not in its usual place
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// For prometheus: the file with the token that it shows
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// A host for ssh; one that begins with a dash would be an option of it.
fn host(text: &str) -> Result<String, String> {
    let plain = |character: char| !character.is_whitespace() && !character.is_control();
    let fits = !text.is_empty() && !text.starts_with('-') && text.chars().all(plain);
    if fits { Ok(text.to_owned()) } else { Err("write a host as ssh takes it, like mini or me@mini.local".to_owned()) }
}

/// A name that every client takes.
fn name(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
    if fits { Ok(text.to_owned()) } else { Err("use letters, digits, _ and -, at most 64 of them".to_owned()) }
}

/// A client that can be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClientChoice {
    /// Claude's desktop application
    ClaudeDesktop,
    /// Claude Code, in all projects
    ClaudeCode,
    /// Cursor, in all projects
    Cursor,
    /// Visual Studio Code, in all folders
    Vscode,
    /// Prometheus, which scrapes /metrics
    Prometheus,
}

/// What to do with the service.
#[derive(Debug, Clone, Args)]
pub struct Service {
    /// What to do
    #[command(subcommand)]
    pub command: ServiceCommand,
    /// Whose unit; without it, this system's
    #[arg(long, value_enum, global = true, hide = true)]
    pub manager: Option<ManagerChoice>,
}

/// What to do with the service.
#[derive(Debug, Clone, Subcommand)]
pub enum ServiceCommand {
    /// Start kmtop now and at each login: a LaunchAgent, or a user unit of systemd. Upgrades one that runs
    Install {
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
        /// Print the unit and write nothing
        #[arg(long, conflicts_with = "yes")]
        print: bool,
    },
    /// Whether it is installed and runs, and where its log is
    Status,
    /// End it and take it out
    Remove {
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
    },
}

/// Who starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ManagerChoice {
    /// macOS
    Launchd,
    /// Linux
    Systemd,
}

/// What to print.
#[derive(Debug, Clone, Subcommand)]
pub enum Generate {
    /// The manual page, for man
    Man,
    /// Completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// A settings file with every key, its default and its range
    Config,
    /// A screen of the console, drawn from a recording
    Screen(super::Screen),
}

/// Where diagnostics go.
#[derive(Debug, Clone, Args)]
pub struct Bundle {
    /// The file to write; without it, kmtop-bundle-DATE-TIME.tar.gz in this folder
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_no_option_of_ssh() {
        assert!(host("me@mini.local").is_ok() && host("mini").is_ok());
        for wrong in ["", "-oProxyCommand=true", "a b", "a\n"] {
            assert!(host(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_fits_every_client() {
        assert!(name("kmtop-mini_2").is_ok());
        for wrong in ["", "a b", "a\"b", &"a".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }
}
