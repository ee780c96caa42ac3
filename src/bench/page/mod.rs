//! The result as one HTML page that needs nothing else: no script, no address, charts as SVG.

mod chart;
mod charts;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use html_escape::encode_text as escape;

use super::{
    BenchError,
    profile::{Profile, profile_text},
    report::{Report, text},
};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
pre{background:#f6f8fa;padding:1rem;overflow-x:auto;font-size:13px}figure{margin:1.5rem 0}figcaption{color:#57606a;font-size:13px}\
svg{max-width:100%;height:auto}h1{font-size:1.4rem}";

/// The page of a load test.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn page(report: &Report) -> Result<String, BenchError> {
    let title = format!("kmtop bench: {}", report.scenario.as_deref().unwrap_or(&report.target.address));
    Ok(whole(&title, report.label, &text(report), &charts::of_report(report)?))
}

/// The page of a profile.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn profile_page(profile: &Profile) -> Result<String, BenchError> {
    let title = format!("kmtop profile: {}", profile.tool);
    let about = format!("{} calls one after the other", profile.calls);
    Ok(whole(&title, &about, &profile_text(profile), &charts::of_profile(profile)?))
}

/// A chart with what is to be known of it.
struct Figure {
    id: &'static str,
    svg: String,
    about: String,
}

fn whole(title: &str, about: &str, text: &str, figures: &[Figure]) -> String {
    let mut shown = String::new();
    for Figure { id, svg, about } in figures {
        let _ = write!(shown, "<figure id=\"{id}\">\n{}\n<figcaption>{}</figcaption>\n</figure>\n", svg.trim(), escape(about));
    }
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{}</p>\n{shown}<pre>{}</pre>\n</body>\n</html>\n",
        escape(about),
        escape(text)
    )
}
