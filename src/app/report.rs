//! `kmtop report`: what this home's server did over a while.

use std::process::ExitCode;

use jiff::{Zoned, tz::TimeZone};

use super::{Failure, Setup, bench::write, check::promises};
use crate::{
    cli::{self, ReportFormat, point_in_time},
    history::Reader,
    report::{self, Asked},
};

/// Writes the report; exit code 1 when nothing is stored in the range.
pub(super) fn run(setup: &Setup, asked: &cli::Report) -> Result<ExitCode, Failure> {
    let now = Zoned::now();
    let point = |text: &str| point_in_time(text, &now).map_err(Failure::wrong);
    let (from_ms, to_ms) = (point(&asked.since)?, point(&asked.until)?);
    if from_ms >= to_ms {
        return Err(Failure::wrong(format!("--since {} is not before --until {}", asked.since, asked.until)));
    }
    let promises = promises(setup, asked.contracts.as_deref())?;
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(error.to_string());
    let reader = Reader::open(&setup.home.history_file()).map_err(|error| failed(&error))?;
    let gathered = report::gather(&reader, &Asked { from_ms, to_ms, promises }).map_err(|error| failed(&error))?;
    let Some(gathered) = gathered else {
        return Err(Failure::gone(format!(
            "nothing is stored between {} and {}; see kmtop export for what is",
            asked.since, asked.until
        )));
    };
    let zone = TimeZone::system();
    let text = match asked.form() {
        ReportFormat::Markdown => report::markdown(&gathered, &zone),
        ReportFormat::Html => report::html(&gathered, &zone).map_err(|error| failed(&error))?,
        ReportFormat::Json => serde_json::to_string_pretty(&gathered).map_err(|error| failed(&error))?,
    };
    match &asked.output {
        Some(path) => write(path, format!("{}\n", text.trim_end()).as_bytes())?,
        None => cli::line(text.trim_end()).map_err(|error| failed(&error))?,
    }
    Ok(ExitCode::SUCCESS)
}
