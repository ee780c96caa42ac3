//! A report as a document: paragraphs, tables and charts, as Markdown and as a page.

use std::fmt::Write as _;

use html_escape::encode_text as escape;
use jiff::{Timestamp, tz::TimeZone};

use super::{Report, charts, words};
use crate::{
    page::{self, Figure, PageError},
    util::text::sanitize,
};

/// A part of a document.
pub(super) enum Part {
    /// The heading of a section.
    Heading(&'static str),
    /// A heading within a section.
    Under(String),
    /// A paragraph.
    Text(String),
    /// Items of a list.
    List(Vec<String>),
    /// A table with a line of names.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// Points in time as people read them.
#[derive(Debug, Clone)]
pub(super) struct Clock(pub(super) TimeZone);

impl Clock {
    /// `2026-01-31 14:30`.
    pub(super) fn minute(&self, time_ms: u64) -> String {
        self.form(time_ms, "%Y-%m-%d %H:%M")
    }

    /// `14:30:05`.
    pub(super) fn second(&self, time_ms: u64) -> String {
        self.form(time_ms, "%Y-%m-%d %H:%M:%S")
    }

    /// The name of the zone, such as `UTC` or `+01:00`.
    pub(super) fn zone(&self, time_ms: u64) -> String {
        self.form(time_ms, "%Z")
    }

    fn form(&self, time_ms: u64, form: &str) -> String {
        let time = i64::try_from(time_ms).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
        time.map_or_else(|| "?".to_owned(), |time| time.to_zoned(self.0.clone()).strftime(form).to_string())
    }
}

/// The title of a report.
fn title(report: &Report) -> String {
    format!("kmtop report: {}", if report.host.is_empty() { "this machine" } else { &report.host })
}

/// It as Markdown, with times in this zone.
#[must_use]
pub fn markdown(report: &Report, zone: &TimeZone) -> String {
    let mut out = format!("# {}\n", plain(&title(report)));
    for part in words::parts(report, &Clock(zone.clone())) {
        out.push('\n');
        let _ = match part {
            Part::Heading(text) => writeln!(out, "## {text}"),
            Part::Under(text) => writeln!(out, "### {}", plain(&text)),
            Part::Text(text) => writeln!(out, "{}", plain(&text)),
            Part::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", plain(item))),
            Part::Table(head, rows) => {
                let line =
                    |cells: &[String]| format!("| {} |", cells.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join(" | "));
                let _ = writeln!(out, "{}\n|{}", line(&head), "---|".repeat(head.len()));
                rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)))
            }
        };
    }
    out
}

/// Foreign text that means nothing in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in sanitize(text).chars() {
        if matches!(letter, '|' | '\\' | '`' | '*' | '<' | '[') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// It as one HTML page with charts, with times in this zone.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn html(report: &Report, zone: &TimeZone) -> Result<String, PageError> {
    let mut body = String::new();
    let mut figures = charts::of(report)?;
    for part in words::parts(report, &Clock(zone.clone())) {
        let _ = match part {
            Part::Heading(text) => writeln!(body, "<h2>{}</h2>", escape(text)),
            Part::Under(text) => writeln!(body, "<h3>{}</h3>", escape(&*sanitize(&text))),
            Part::Text(text) => writeln!(body, "<p>{}</p>", escape(&*sanitize(&text))),
            Part::List(items) => {
                let items = items.iter().map(|item| format!("<li>{}</li>\n", escape(&*sanitize(item))));
                writeln!(body, "<ul>\n{}</ul>", items.collect::<String>())
            }
            Part::Table(head, rows) => {
                let rows: Vec<Vec<String>> =
                    rows.iter().map(|row| row.iter().map(|cell| sanitize(cell).to_string()).collect()).collect();
                body.push_str(&page::table(&head, &rows));
                // The summary's table is followed by how it went.
                body.extend(figures.drain(..).map(|figure: Figure| figure.html()));
                Ok(())
            }
        };
    }
    Ok(page::page(&title(report), &body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Incident, Point};

    fn example() -> Report {
        let point = |minute: u64| Point {
            time_ms: minute * 60_000,
            seconds: 60.0,
            calls: 5,
            total_p95_ms: Some(3.0),
            ..Point::default()
        };
        Report {
            host: "mini".into(),
            to_ms: 600_000,
            step_s: 60,
            points: (1..=10).map(point).collect(),
            incidents: vec![Incident {
                began_ms: 60_000,
                text: "macro \"<b>|x\" [hangs](y)".into(),
                rules: vec!["hung_worker".into()],
                ..Incident::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn foreign_text_means_nothing_in_either_form() {
        let text = markdown(&example(), &TimeZone::UTC);
        assert!(text.contains("macro \"\\<b>\\|x\" \\[hangs](y)"), "{text}");
        assert!(text.contains("Began at 1970-01-01 00:01:00; it goes on at the end of this report."), "{text}");
        let page = html(&example(), &TimeZone::UTC).expect("a page");
        assert!(page.contains("&lt;b&gt;|x") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere_and_has_its_charts() {
        let page = html(&example(), &TimeZone::UTC).expect("a page");
        assert_eq!((page.matches("<figure").count(), page.matches("<script").count()), (4, 0));
        assert_eq!(page.matches("http").count(), page.matches("http://www.w3.org").count());
        let mut reader = quick_xml::Reader::from_str(&page);
        reader.config_mut().check_end_names = true;
        loop {
            if reader.read_event().expect("well formed") == quick_xml::events::Event::Eof {
                break;
            }
        }
    }

    #[test]
    fn an_empty_report_says_so_in_each_section() {
        let text = markdown(&Report::default(), &TimeZone::UTC);
        for section in [
            "Summary",
            "Incidents",
            "Changes",
            "Contracts",
            "Tools",
            "Where the time goes",
            "Bottlenecks",
            "Advice",
            "Trends",
            "Capacity",
        ] {
            assert!(text.contains(&format!("## {section}")), "{section}: {text}");
        }
        assert!(text.matches("None").count() >= 4, "{text}");
    }
}
