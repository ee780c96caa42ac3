//! `kmtop replay`: the console over a recording, or over the home's history.

use std::process::ExitCode;

use jiff::Zoned;

use super::{Failure, Setup, block_on, console, serve};
use crate::{
    cli::{Replay, point_in_time},
    config::OnHangup,
    record::{self, Begin, RecordError, Recording, Source, Stored},
};

/// How far before its end a replay of the history begins when nobody says where, in milliseconds.
const LATEST_MS: u64 = 3_600_000;

/// Opens what is to be replayed and shows it until a key ends it.
pub(super) fn run(setup: &Setup, asked: &Replay) -> Result<ExitCode, Failure> {
    console::check_terminal(setup.plain)?;
    let now = Zoned::now();
    let from = asked.from.as_deref().map(|text| point_in_time(text, &now)).transpose().map_err(Failure::wrong)?;
    let begin = Begin { speed: asked.speed, at_ms: from, paused: asked.paused };
    let failed = |error: RecordError| Failure::wrong(error.to_string());
    if let Some(file) = &asked.file {
        return play(setup, Recording::open(file).map_err(failed)?, begin);
    }
    let source = Stored::open(&setup.home.history_file(), 0, u64::MAX >> 1).map_err(failed)?;
    let latest = source.times().last().map(|last| last.saturating_sub(LATEST_MS));
    play(setup, source, Begin { at_ms: from.or(latest), ..begin })
}

fn play(setup: &Setup, source: impl Source + 'static, begin: Begin) -> Result<ExitCode, Failure> {
    block_on(async {
        let mut signals = serve::take_signals()?;
        let link = record::replay(source, begin);
        console::run_screen(console::options(setup, false)?, link, &mut signals, OnHangup::Exit).await
    })
}
