//! The composition root: builds everything in order, wires it, shuts it down.
//!
//! | file | what it is |
//! |---|---|
//! | `stack` | a whole server, part by part, and its end |
//! | `engine`, `workers` | which engine runs macros: its workers, its files |
//! | `offered`, `reload` | tools that follow the settings and the library; settings taken live |
//! | `mirror` | the list of macros of a Mac elsewhere |
//! | `doctor` | what is wrong with this installation |
//! | `outside` | what other processes see of it: lock, listener, sockets |
//! | `serve`, `bridge`, `console`, `demo`, `once`, `call`, `macros`, `replay`, `export`, `simulate`, `stop_all`, `token`, `approve` | what each way of running does with it |
//! | `check`, `baselines`, `report` | promises, stored baselines, what a server did over a while |
//! | `bench`, `profile` | load tests, and one operation by phase; the servers that they measure |
//! | `install`, `generate`, `bundle` | what sets it up, and what tells of it elsewhere |
//! | `desk`, `screens`, `themes` | tools that a console calls; pictures of its screens; themes that are listed, checked, translated |
//! | `supervised` | what systemd is told |
//! | `history`, `recording`, `alert_recordings` | what a server keeps on the disk; what is recorded of it |
//! | `judging`, `baseline`, `slots`, `hooks` | what the hub judges by: how this host was, what is usual now; who is told |
//! | `health`, `otlp` | what is looked at to tell how well a server is; what a collector is told |
//! | `signals`, `logging`, `failure` | the process around it |

mod alert_recordings;
mod approve;
mod baseline;
mod baselines;
mod bench;
mod bridge;
mod bundle;
mod call;
mod check;
mod console;
mod demo;
mod desk;
mod doctor;
mod engine;
mod export;
mod failure;
mod generate;
mod health;
mod history;
mod hooks;
mod hub_parts;
mod install;
mod judging;
mod logging;
mod macros;
mod mirror;
mod offered;
mod once;
mod otlp;
mod outside;
mod profile;
mod questions;
mod recording;
mod reload;
mod replay;
mod report;
mod screens;
mod serve;
mod signals;
mod simulate;
mod slots;
mod stack;
mod stop_all;
mod supervised;
mod themes;
mod token;
mod workers;

use std::{process::ExitCode, time::Duration};

use crate::{
    backend::{embedded, web},
    cli::{Arguments, Command},
    config::{self, Environment, Home, Overrides, Settings},
};

pub use failure::Failure;

/// What every way of running begins with.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Setup {
    home: Home,
    environment: Environment,
    overrides: Overrides,
    settings: Settings,
    allow_remote: bool,
    conformance: bool,
    /// The server ends when stdin does.
    until_stdin_ends: bool,
    /// Whether MCP clients that come through this process may only look.
    read_only: bool,
    /// Whether plain lines are wanted instead of a screen.
    plain: bool,
    /// The file that what comes is recorded to.
    record: Option<std::path::PathBuf>,
}

/// Does what the command line asks for.
pub fn run(arguments: Arguments) -> ExitCode {
    // A second report handler in one process is an error that nobody can do anything about.
    let _ = color_eyre::install();
    match arguments.command {
        Some(Command::Worker { web: false }) => return embedded::run_worker(std::io::stdin(), std::io::stdout()),
        Some(Command::Worker { web: true }) => return web::run_worker(std::io::stdin().lock(), std::io::stdout().lock()),
        _ => {}
    }
    match dispatch(arguments) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    if let Some(flag) = arguments.misplaced() {
        return Err(Failure::wrong(format!("{flag} does not go with a command; see kmtop --help")));
    }
    if matches!(arguments.command, Some(Command::Demo)) {
        // The demo has a home of its own: whatever is wrong in the user's keeps nobody from it.
        return demo::run(&arguments.overrides(), arguments.record, arguments.plain);
    }
    if let Some(Command::Doctor { json }) = arguments.command {
        // It has to tell of settings that cannot be taken, too.
        return doctor::run(&arguments, json);
    }
    match &arguments.command {
        // These have to work whatever the settings say.
        Some(Command::Init(asked)) => return install::init(&arguments, asked),
        Some(Command::Connect(asked)) => return install::connect(&arguments, asked),
        Some(Command::Service(asked)) => return install::service(&arguments, asked),
        Some(Command::Generate(asked)) => return generate::run(&arguments, asked),
        Some(Command::Bundle(asked)) => return bundle::run(&arguments, asked),
        Some(Command::Themes(asked)) => return themes::run(&arguments, asked),
        _ => {}
    }
    let setup = Setup::new(&arguments)?;
    let flags = arguments.server_flags();
    match arguments.command {
        Some(Command::Attach { target }) => console::attach(&setup, target),
        Some(Command::Once { json }) => once::run(&setup, json),
        Some(Command::Call { tool, arguments }) => call::run(&setup, &tool, &arguments),
        Some(Command::Bench(asked)) => bench::run(&setup, &asked),
        Some(Command::Profile(asked)) => profile::run(&setup, &asked, flags),
        Some(Command::Token(asked)) => token::run(&setup, asked),
        Some(Command::Approve(asked)) => approve::run(&setup, &asked),
        Some(Command::Macros(asked)) => macros::run(&setup, asked),
        Some(Command::Replay(asked)) => replay::run(&setup, &asked),
        Some(Command::Simulate(asked)) => simulate::run(&setup, &asked),
        Some(Command::StopAll { lift }) => stop_all::run(&setup, lift),
        Some(Command::Check(asked)) => check::run(&setup, &asked),
        Some(Command::Baseline(asked)) => baselines::run(&setup, &asked),
        Some(Command::Report(asked)) => report::run(&setup, &asked),
        Some(Command::Export(asked)) => export::run(&setup, &asked),
        None if arguments.stdio && arguments.standalone => serve::standalone(&setup),
        None if arguments.stdio => bridge::run(&setup, &flags),
        None if arguments.serve => serve::http(&setup),
        _ => console::run(&setup),
    }
}

impl Setup {
    fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let home = Home::resolve(&environment, arguments.config.as_deref())?;
        let overrides = arguments.overrides();
        let settings = config::load(&home, &environment, &overrides)?;
        let record = arguments.record.clone();
        Ok(Self {
            home,
            environment,
            overrides,
            settings,
            allow_remote: arguments.allow_remote,
            conformance: arguments.conformance,
            until_stdin_ends: arguments.until_stdin_ends,
            read_only: arguments.read_only,
            plain: arguments.plain,
            record,
        })
    }
}

/// How long threads that block may take to end after the work is done. A client that does not read can hold one in a write for ever.
const BLOCKED_GRACE: Duration = Duration::from_secs(1);

/// Does asynchronous work on a runtime of one thread: two of them on two cores measured no better.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::wrong(format!("the async runtime cannot be started: {error}")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(BLOCKED_GRACE);
    done
}
