//! kmtop: parse, hand to the app, map the error to an exit code.

use std::process::ExitCode;

use clap::Parser;
use kmtop::{app, cli::Arguments};

fn main() -> ExitCode {
    app::run(Arguments::parse())
}
