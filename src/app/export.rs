//! `kmtop export`: history or a recording as CSV or JSON Lines.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use jiff::Zoned;

use super::{Failure, Setup};
use crate::{
    cli::{Export, ExportFormat, ExportTable, point_in_time},
    export::{Format, Sheet, Table},
    history::Reader,
    metrics::Steps,
    model::Interval,
    record::{Recording, Source},
};

/// Intervals of a recording that are read at once.
const PAGE: usize = 60;

/// Writes the range that is asked for; exit code 1 when there is nothing in it.
pub(super) fn run(setup: &Setup, asked: &Export) -> Result<ExitCode, Failure> {
    let now = Zoned::now();
    let point = |text: &Option<String>, otherwise| {
        text.as_deref().map_or(Ok(otherwise), |text| point_in_time(text, &now)).map_err(Failure::wrong)
    };
    let range = (point(&asked.since, 0)?, point(&asked.until, u64::MAX >> 1)?);
    let written = match &asked.output {
        None => into(io::stdout().lock(), setup, asked, range),
        Some(path) => {
            let failed = |error: io::Error| Failure::wrong(format!("{}: {error}", path.display()));
            into(File::create(path).map_err(failed)?, setup, asked, range)
        }
    }?;
    if written == 0 {
        nothing();
    }
    Ok(if written == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

#[expect(clippy::print_stderr, reason = "stdout carries the table alone")]
fn nothing() {
    eprintln!("kmtop: nothing is stored in that range");
}

/// Says how many Intervals there were.
fn into(out: impl Write, setup: &Setup, asked: &Export, range: (u64, u64)) -> Result<u64, Failure> {
    let table = match asked.table {
        ExportTable::Intervals => Table::Intervals,
        ExportTable::Tools => Table::Tools,
        ExportTable::Events => Table::Events,
    };
    let format = match asked.format {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Jsonl => Format::JsonLines,
    };
    let wrong = |error: &dyn std::fmt::Display| Failure::wrong(error.to_string());
    // Opened first: a history that cannot be read leaves nothing on stdout.
    let source = Input::open(setup, asked.recording.as_deref())?;
    let mut count = 0;
    let mut broken = None;
    let mut sheet = match Sheet::begin(BufWriter::new(out), table, format) {
        Ok(sheet) => sheet,
        Err(error) => return unless_gone(&error).map(|()| 1),
    };
    source.each(range, asked.step, &mut |interval| {
        count += 1;
        broken = sheet.add(&interval).err();
        broken.is_none()
    })?;
    match broken.map_or_else(|| sheet.end().map(drop), Err) {
        Ok(()) => Ok(count),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(count.max(1)),
        Err(error) => Err(wrong(&error)),
    }
}

/// A reader that has gone is no error.
fn unless_gone(error: &io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(Failure::wrong(error.to_string())) }
}

/// Where the Intervals are.
enum Input {
    History(Reader),
    Recording(Recording),
}

impl Input {
    fn open(setup: &Setup, recording: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = recording {
            return Recording::open(path).map(Self::Recording).map_err(|error| Failure::wrong(error.to_string()));
        }
        let reader = Reader::open(&setup.home.history_file());
        reader.map(Self::History).map_err(|error| Failure::wrong(error.to_string()))
    }

    fn each(self, range: (u64, u64), seconds: u64, take: &mut dyn FnMut(Interval) -> bool) -> Result<(), Failure> {
        match self {
            Self::History(reader) => reader.each(range, seconds, take).map_err(|error| Failure::wrong(error.to_string())),
            Self::Recording(mut recording) => {
                recorded(&mut recording, range, seconds, take);
                Ok(())
            }
        }
    }
}

fn recorded(recording: &mut Recording, (from, to): (u64, u64), seconds: u64, take: &mut dyn FnMut(Interval) -> bool) {
    let mut steps = Steps::new(seconds);
    let all = recording.times().len();
    for start in (0..all).step_by(PAGE) {
        let page = recording.read(start..all.min(start + PAGE));
        for interval in page.iter().filter(|interval| (from..=to).contains(&interval.time_ms)) {
            if steps.push(Interval::clone(interval)).is_some_and(|done| !take(done)) {
                return;
            }
        }
    }
    steps.finish().map(take);
}
