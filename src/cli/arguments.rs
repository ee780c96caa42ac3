//! Flags and commands.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    Bench, Profile,
    access::{Approve, TokenCommand},
    install::{Bundle, Connect, Generate, Init, Service},
};
use crate::config::{Auth, Overrides};

/// The fastest MCP server for Keyboard Maestro, and the console to watch and steer it.
///
/// Without a command: the console. It attaches to the running server, or starts one in this process.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(name = "kmtop", version, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = false, subcommand_negates_reqs = true)]
pub struct Arguments {
    /// What to do; without one, the console
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Serve without a console
    #[arg(long)]
    pub serve: bool,

    /// With --serve: MCP on stdin and stdout, carried to the running server; one is started if none runs
    #[arg(long, requires = "serve", conflicts_with_all = ["listen", "auth", "allow_remote"])]
    pub stdio: bool,

    /// With --stdio: keep pool and workers in this process, and end with its client
    #[arg(long, requires = "stdio")]
    pub standalone: bool,

    /// With --serve: also offer what the public conformance suite calls
    #[arg(long, requires = "serve", conflicts_with = "stdio", hide = true)]
    pub conformance: bool,

    /// With --serve: end when stdin does; for a server that another process needs for a while
    #[arg(long, requires = "serve", conflicts_with = "stdio", hide = true)]
    pub until_stdin_ends: bool,

    /// Settings file
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Where MCP listens, for example 127.0.0.1:4499; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,

    /// What callers over HTTP must show
    #[arg(long, value_enum)]
    pub auth: Option<AuthChoice>,

    /// With --listen: allow an address that other machines reach
    #[arg(long, requires = "listen")]
    pub allow_remote: bool,

    /// Smallest number of workers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub pool_min: Option<u16>,

    /// Largest number of workers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub pool_max: Option<u16>,

    /// Macro file or folder to serve; may be given more than once
    #[arg(long, value_name = "PATH", global = true)]
    pub library: Vec<PathBuf>,

    /// The console's theme
    #[arg(long, value_name = "NAME", global = true)]
    pub theme: Option<String>,

    /// The console's time window, in seconds
    #[arg(long, value_name = "SECONDS", global = true, value_parser = clap::value_parser!(u32).range(60..=86_400))]
    pub window: Option<u32>,

    /// Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`
    #[arg(long, global = true)]
    pub read_only: bool,

    /// Plain lines instead of a screen: for screen readers, logs and pipes
    #[arg(long, global = true)]
    pub plain: bool,

    /// Record what the console shows, or the server does, to this file; goes on at its end if it is there
    #[arg(long, value_name = "FILE", global = true)]
    pub record: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on a running server
    Attach {
        /// The server's control socket; without one, this home's
        target: Option<PathBuf>,
    },
    /// Server, console and clients on a sample library, in a temporary home: the first minute
    Demo,
    /// One snapshot on stdout
    Once {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Call a tool and print its answer
    Call {
        /// The tool's name
        tool: String,
        /// Its arguments: a JSON object
        #[arg(default_value = "{}")]
        arguments: String,
    },
    /// Tokens for MCP clients over HTTP: who they are, and what they may do
    #[command(subcommand)]
    Token(TokenCommand),
    /// Answer calls that wait for your yes or no (`ask` in the settings)
    Approve(Approve),
    /// The console over a recording, or over what this home's server has kept
    Replay(Replay),
    /// What this home's server has kept, or a recording, as CSV or JSON Lines
    Export(Export),
    /// Controllers of the pool's size on made-up, written or recorded calls, in virtual time: what if
    Simulate(Box<super::Simulate>),
    /// The red stop: cancel every run of this home's server and refuse new ones until it is lifted
    StopAll {
        /// Take calls again
        #[arg(long)]
        lift: bool,
    },
    /// Load test of a server of its own, or of any MCP server
    Bench(Box<Bench>),
    /// One operation again and again: where its time goes, and what it costs
    Profile(Profile),
    /// Whether promises are kept: by a load test, the history, or the running server
    Check(super::Check),
    /// Stored baselines, and what became slower since
    #[command(subcommand)]
    Baseline(super::BaselineCommand),
    /// What this home's server did over a while: incidents, changes, contracts, trends
    Report(super::Report),
    /// What macro files hold, and what of it runs here
    #[command(subcommand)]
    Macros(MacrosCommand),
    /// A first settings file and the sample library
    Init(Init),
    /// Add kmtop to a client's own settings, after showing what changes there
    Connect(Connect),
    /// Run kmtop from login to logout
    Service(Service),
    /// Manual page, completions, settings file, pictures of the console
    #[command(subcommand)]
    Generate(Generate),
    /// The console's themes: which there are, whether they can be read, those of btop
    #[command(subcommand)]
    Themes(super::Themes),
    /// Diagnostics in one file, without secrets
    Bundle(Bundle),
    /// The process that executes; speaks the worker protocol on stdin and stdout
    #[command(hide = true)]
    Worker {
        /// Speak with Keyboard Maestro's web server
        #[arg(long)]
        web: bool,
    },
    /// What is wrong with this installation, and the fix for each fault
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to tell of macro files. Without files: of the library that is served.
#[derive(Debug, Subcommand)]
pub enum MacrosCommand {
    /// Every macro: what becomes of it here, its UUID, group and name
    List {
        /// Macro files and folders
        files: Vec<PathBuf>,
    },
    /// One macro: its actions, triggers, variables, calls, and what becomes of each action here
    Show {
        /// Its UUID or exact name
        name: String,
        /// Macro files and folders
        files: Vec<PathBuf>,
    },
    /// What runs, is simulated or is refused here, action by action
    Lint {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Macro files and folders
        files: Vec<PathBuf>,
    },
}

/// What to replay, and how.
#[derive(Debug, Args)]
pub struct Replay {
    /// The recording; without one, the history of this home
    pub file: Option<PathBuf>,
    /// Recorded seconds for each second that passes, 0.0625 to 4096
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Where to begin: a time like 14:30 or 2026-01-31T14:30, or a span like 2h, which is so long ago
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Stand still at first
    #[arg(long)]
    pub paused: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0625..=4096.0).contains(number));
    number.ok_or_else(|| "write a number from 0.0625 to 4096".to_owned())
}

/// What to export, and how.
#[derive(Debug, Args)]
pub struct Export {
    /// From when: a time like 14:30 or 2026-01-31T14:30, or a span like 24h, which is so long ago; without it, from the oldest
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Until when; without it, to the newest
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Merge to steps of so many seconds where what is kept is finer
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub step: u64,
    /// What the rows are
    #[arg(long, value_enum, default_value_t = ExportTable::Intervals)]
    pub table: ExportTable,
    /// How they are written
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
    /// From a recording instead of the history of this home
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// To this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What the rows of an export are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTable {
    /// The machine, the pool, all calls together
    Intervals,
    /// Each tool that was called
    Tools,
    /// What happened besides calls
    Events,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Comma-separated values with a line of names
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// What callers over HTTP must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuthChoice {
    /// The token of the token file
    Token,
    /// Nothing: everybody on this machine may call
    None,
}

impl Arguments {
    /// A flag that means nothing next to the command that is given with it.
    pub fn misplaced(&self) -> Option<&'static str> {
        let command = self.command.as_ref()?;
        let builds_a_server = matches!(command, Command::Demo | Command::Call { .. });
        let watches = matches!(command, Command::Demo | Command::Attach { .. });
        let flags = [
            (self.serve, "--serve"),
            (self.allow_remote, "--allow-remote"),
            (self.conformance, "--conformance"),
            (self.until_stdin_ends, "--until-stdin-ends"),
            (self.auth.is_some(), "--auth"),
            (self.listen.is_some() && !matches!(command, Command::Demo), "--listen"),
            (self.pool_min.is_some() && !builds_a_server, "--pool-min"),
            (self.pool_max.is_some() && !builds_a_server, "--pool-max"),
            (self.record.is_some() && !watches, "--record"),
            (
                !self.library.is_empty()
                    && !matches!(command, Command::Call { .. } | Command::Macros(_) | Command::Profile(_) | Command::Service(_)),
                "--library",
            ),
        ];
        flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }

    /// The flags for a server that this process starts in the background.
    pub fn server_flags(&self) -> Vec<OsString> {
        let mut flags = vec!["--serve".into()];
        let mut add = |flag: &str, value: OsString| flags.extend([flag.into(), value]);
        if let Some(config) = &self.config {
            add("--config", config.into());
        }
        self.library.iter().for_each(|path| add("--library", path.into()));
        let sizes = [("--pool-min", self.pool_min), ("--pool-max", self.pool_max)];
        sizes
            .iter()
            .filter_map(|(flag, size)| Some((flag, (*size)?)))
            .for_each(|(flag, size)| add(flag, size.to_string().into()));
        flags
    }

    /// What the flags say of settings.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            listen: self.listen,
            auth: self.auth.map(|auth| match auth {
                AuthChoice::Token => Auth::Token,
                AuthChoice::None => Auth::None,
            }),
            pool_min: self.pool_min,
            pool_max: self.pool_max,
            library: (!self.library.is_empty()).then(|| self.library.clone()),
            theme: self.theme.clone(),
            window_s: self.window,
            read_only: self.read_only.then_some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_pool_of_none_is_refused() {
        assert!(Arguments::try_parse_from(["kmtop", "--pool-min", "0"]).is_err());
        assert!(Arguments::try_parse_from(["kmtop", "--pool-max", "1000000000"]).is_err());
        assert!(Arguments::try_parse_from(["kmtop", "--pool-max=-1"]).is_err());
        assert!(Arguments::try_parse_from(["kmtop", "--stdio"]).is_err(), "only with --serve");
    }

    #[test]
    fn a_flag_that_would_be_dropped_is_named() {
        let misplaced = |words: &[&str]| Arguments::try_parse_from(words).expect("well formed").misplaced();
        assert_eq!(misplaced(&["kmtop", "--serve", "once"]), Some("--serve"));
        assert_eq!(misplaced(&["kmtop", "once", "--library", "x"]), Some("--library"));
        assert_eq!(misplaced(&["kmtop", "call", "health_check", "--library", "x"]), None);
        assert_eq!(misplaced(&["kmtop", "--listen", "127.0.0.1:0", "demo"]), None);
        assert_eq!(misplaced(&["kmtop", "--serve", "--library", "x"]), None);
        assert!(Arguments::try_parse_from(["kmtop", "--serve", "--stdio", "--listen", "127.0.0.1:0"]).is_err());
    }
}
