//! The command line of reports.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which time to tell of, and how.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 done, 1 nothing is stored of that time, 2 the history cannot be read.")]
pub struct Report {
    /// From when: a time like 14:30 or 2026-01-31T14:30, or a span like 24h, which is so long ago
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub since: String,
    /// Until when
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub until: String,
    /// How it is written; without it, by the end of --output's name, else as Markdown
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// To this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A TOML file of what is promised; without it, the settings and the defaults
    #[arg(long, value_name = "FILE")]
    pub contracts: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Text with headings and tables
    Markdown,
    /// One page with charts that needs nothing else
    Html,
    /// One JSON object
    Json,
}

impl Report {
    /// How it is written: as was asked, else by the file's name.
    #[must_use]
    pub fn form(&self) -> ReportFormat {
        let by_name = || match self.output.as_ref()?.extension()?.to_str()? {
            "html" | "htm" => Some(ReportFormat::Html),
            "json" => Some(ReportFormat::Json),
            _ => None,
        };
        self.format.or_else(by_name).unwrap_or(ReportFormat::Markdown)
    }
}
