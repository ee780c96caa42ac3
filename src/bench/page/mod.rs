//! The result as one HTML page that needs nothing else.

mod charts;

#[cfg(test)]
mod tests;

use super::{
    BenchError,
    profile::{Profile, profile_text},
    report::{Report, text},
};
use crate::page;

/// The page of a load test.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn page(report: &Report) -> Result<String, BenchError> {
    let title = format!("kmtop bench: {}", report.scenario.as_deref().unwrap_or(&report.target.address));
    let figures = charts::of_report(report).map_err(|error| BenchError::new(error.to_string()))?;
    Ok(page::plain(&title, report.label, &text(report), &figures))
}

/// The page of a profile.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn profile_page(profile: &Profile) -> Result<String, BenchError> {
    let title = format!("kmtop profile: {}", profile.tool);
    let about = format!("{} calls one after the other", profile.calls);
    let figures = charts::of_profile(profile).map_err(|error| BenchError::new(error.to_string()))?;
    Ok(page::plain(&title, &about, &profile_text(profile), &figures))
}
