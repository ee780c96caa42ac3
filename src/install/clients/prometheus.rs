//! The job with which Prometheus scrapes kmtop, in `prometheus.yml`.
//!
//! There is no writer of YAML that keeps comments and form, so the job is put in and taken out as lines. A reader of YAML says
//! where a file is broken, and proves of each change that nothing but the job differs.

use std::{
    net::SocketAddr,
    ops::Range,
    path::{Path, PathBuf},
};

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::install::error::InstallError;

/// The key below which jobs stand.
const JOBS: &str = "scrape_configs";

/// Where packages put the file: Homebrew on both processors, Debian and others.
const MACOS: &[&str] = &["/opt/homebrew/etc/prometheus.yml", "/usr/local/etc/prometheus.yml"];
const LINUX: &[&str] = &["/etc/prometheus/prometheus.yml", "/usr/local/etc/prometheus/prometheus.yml"];

/// The usual places of Prometheus' file, the likeliest first.
pub fn places(macos: bool) -> Vec<PathBuf> {
    let places = if macos { MACOS } else { LINUX };
    places.iter().map(PathBuf::from).collect()
}

/// What Prometheus scrapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The job's name.
    pub name: String,
    /// Where kmtop listens.
    pub address: SocketAddr,
    /// The file with the token that is shown, if one is wanted.
    pub token_file: Option<PathBuf>,
}

impl Job {
    /// The job as an item of a list that is indented by so many spaces.
    fn item(&self, indent: usize) -> String {
        // A JSON text is a YAML text, too.
        let quoted = |text: String| serde_json::Value::String(text).to_string();
        let mut lines = vec![format!("- job_name: {}", quoted(self.name.clone()))];
        if let Some(file) = &self.token_file {
            lines.push("  authorization:".to_owned());
            lines.push(format!("    credentials_file: {}", quoted(file.display().to_string())));
        }
        lines.push("  static_configs:".to_owned());
        lines.push(format!("    - targets: [{}]", quoted(self.address.to_string())));
        let margin = " ".repeat(indent);
        lines.iter().flat_map(|line| [margin.as_str(), line, "\n"]).collect()
    }

    /// The job as it stands in a file that has no other.
    pub fn shown(&self) -> String {
        format!("{JOBS}:\n{}", self.item(2))
    }
}

/// Prometheus' file as it was read.
#[derive(Debug, Clone, Copy)]
pub struct PrometheusFile<'f> {
    path: &'f Path,
    text: &'f str,
}

/// Where the jobs stand in a text, by line.
struct Jobs {
    /// How far the items are indented.
    indent: usize,
    /// The lines of each item.
    items: Vec<Range<usize>>,
    /// The line before which a new one goes.
    end: usize,
}

impl<'f> PrometheusFile<'f> {
    /// The file `path` with this text.
    pub fn new(path: &'f Path, text: &'f str) -> Self {
        Self { path, text }
    }

    /// The text with this job in it; one of its name is replaced.
    ///
    /// # Errors
    /// When the file is no YAML, or is written in a way that cannot be changed line by line.
    pub fn with(&self, job: &Job) -> Result<String, InstallError> {
        let text = self.cut(&job.name)?;
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let inserted = if let Some(jobs) = self.jobs(&lines)? {
            let item = job.item(jobs.indent);
            let item = if jobs.end > 0 && !lines[jobs.end - 1].ends_with('\n') { format!("\n{item}") } else { item };
            lines.insert(jobs.end, &item);
            lines.concat()
        } else {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{gap}{}", job.shown())
        };
        self.proven(inserted, &job.name)
    }

    /// The text without the job of this name.
    ///
    /// # Errors
    /// As [`PrometheusFile::with`].
    pub fn without(&self, name: &str) -> Result<String, InstallError> {
        let text = self.cut(name)?;
        self.proven(text, name)
    }

    fn cut(&self, name: &str) -> Result<String, InstallError> {
        load(self.text).map_err(|(line, column, what)| {
            InstallError::broken(self.path, Some((line, column)), format!("is not YAML: {what}"))
        })?;
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let Some(jobs) = self.jobs(&lines)? else { return Ok(self.text.to_owned()) };
        let own = |item: &Range<usize>| is_job(&lines[item.clone()].concat(), name);
        let gone: Vec<&Range<usize>> = jobs.items.iter().filter(|item| own(item)).collect();
        let stays = |at: usize| !gone.iter().any(|item| item.contains(&at));
        Ok(lines.iter().enumerate().filter(|(at, _)| stays(*at)).map(|(_, line)| *line).collect())
    }

    /// Where the jobs stand; `None` when the file has no such key.
    fn jobs(&self, lines: &[&str]) -> Result<Option<Jobs>, InstallError> {
        let Some(key) = lines.iter().position(|line| line.strip_prefix(JOBS).is_some_and(|rest| rest.starts_with(':'))) else {
            return Ok(None);
        };
        let rest = lines[key][JOBS.len() + 1..].trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            let what = format!("has its {JOBS} on one line");
            return Err(InstallError::new(self.path, what, "nothing was written; add what --print prints by hand"));
        }
        let said = |at: &usize| !is_silent(lines[*at]);
        let Some(first) = (key + 1..lines.len()).find(said).filter(|at| lines[*at].trim_start().starts_with('-')) else {
            return Ok(Some(Jobs { indent: 2, items: Vec::new(), end: key + 1 }));
        };
        let indent = indentation(lines[first]);
        let mut starts = Vec::new();
        let mut last = first;
        for at in (first..lines.len()).filter(said) {
            let dash = lines[at].trim_start().starts_with('-');
            if indentation(lines[at]) < indent || (indentation(lines[at]) == indent && !dash) {
                break;
            }
            if indentation(lines[at]) == indent {
                starts.push(at);
            }
            last = at;
        }
        let end = last + 1;
        let ends = starts.iter().skip(1).copied().chain([end]);
        // Empty lines and comments above an item are that item's.
        let trimmed = |from: usize, to: usize| from..(from..to).rev().find(said).map_or(to, |at| at + 1);
        let items = starts.iter().zip(ends).map(|(from, to)| trimmed(*from, to)).collect();
        Ok(Some(Jobs { indent, items, end }))
    }

    /// The new text, if nothing but the job differs in it.
    fn proven(&self, text: String, name: &str) -> Result<String, InstallError> {
        let same = match (load(&text), load(self.text)) {
            (Ok(after), Ok(before)) => rest(&after, name).is_some_and(|after| rest(&before, name) == Some(after)),
            _ => false,
        };
        if same {
            return Ok(text);
        }
        let what = "cannot be changed without changing more than the job";
        Err(InstallError::new(self.path, what, "nothing was written; add what --print prints by hand"))
    }
}

/// Reads YAML; else line, column and what is wrong.
fn load(text: &str) -> Result<Vec<Yaml<'_>>, (usize, usize, String)> {
    Yaml::load_from_str(text).map_err(|error| {
        let place = error.marker();
        (place.line(), place.col() + 1, error.info().to_owned())
    })
}

/// A line that says nothing: empty, or a comment.
fn is_silent(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether an item of the list is the job of this name.
fn is_job(item: &str, name: &str) -> bool {
    Yaml::load_from_str(item).is_ok_and(|read| {
        let job = read.first().and_then(|list| list.as_sequence_get(0));
        job.is_some_and(|job| is_named(job, name))
    })
}

fn is_named(job: &Yaml<'_>, name: &str) -> bool {
    job.as_mapping_get("job_name").and_then(Yaml::as_str) == Some(name)
}

/// What must be the same before and after.
#[derive(Default, PartialEq)]
struct Rest<'y, 't> {
    /// All keys but that of the jobs.
    keys: Vec<(&'y Yaml<'t>, &'y Yaml<'t>)>,
    /// All jobs but kmtop's.
    jobs: Vec<&'y Yaml<'t>>,
}

/// All keys of the one document and all jobs but that of this name. `None` when that is not what it holds.
fn rest<'y, 't>(documents: &'y [Yaml<'t>], name: &str) -> Option<Rest<'y, 't>> {
    let document = match documents {
        [] => return Some(Rest::default()),
        [document] if document.is_null() => return Some(Rest::default()),
        [document] => document,
        _ => return None,
    };
    let keys = document.as_mapping()?.iter().filter(|(key, _)| key.as_str() != Some(JOBS)).collect();
    let jobs = match document.as_mapping_get(JOBS) {
        None => Vec::new(),
        Some(jobs) if jobs.is_null() => Vec::new(),
        Some(jobs) => jobs.as_sequence()?.iter().filter(|job| !is_named(job, name)).collect(),
    };
    Some(Rest { keys, jobs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job { name: "kmtop".to_owned(), address: ([127, 0, 0, 1], 4499).into(), token_file: Some("/a b/token".into()) }
    }

    fn file(text: &str) -> PrometheusFile<'_> {
        PrometheusFile::new(Path::new("/p.yml"), text)
    }

    #[test]
    fn in_and_out_again_is_the_same_to_the_byte() {
        let texts = [
            "global:\n  scrape_interval: 15s # often\n\nscrape_configs:\n  # mine\n  - job_name: node\n    static_configs:\n      - targets: ['a:1']\n\n# end\nrule_files:\n  - x.yml\n",
            "scrape_configs:\n- job_name: \"node\"\n  static_configs:\n  - targets: [\"a:1\"]\nremote_write: []\n",
            "scrape_configs:\n    - static_configs:\n        - targets: [a]\n      job_name: 'x'\n",
        ];
        for text in texts {
            let with = file(text).with(&job()).expect("in");
            assert!(with.contains("credentials_file: \"/a b/token\"") && with.contains("127.0.0.1:4499"), "{with}");
            assert_eq!(file(&with).with(&job()).expect("again"), with, "a second time changes nothing");
            assert_eq!(file(&with).without("kmtop").expect("out"), text);
        }
    }

    #[test]
    fn a_file_without_jobs_gets_the_first() {
        for text in ["", "global: {}\n", "global: {}", "scrape_configs:\n", "# nothing yet\nscrape_configs: # none\nother: 1\n"] {
            let with = file(text).with(&job()).expect("in");
            assert!(with.contains("- job_name: \"kmtop\""), "{with}");
        }
    }

    #[test]
    fn another_address_replaces_the_old_one() {
        let with = file("").with(&job()).expect("in");
        let other = Job { address: ([127, 0, 0, 1], 5000).into(), token_file: None, ..job() };
        let with = file(&with).with(&other).expect("in");
        assert!(with.contains(":5000") && !with.contains(":4499") && !with.contains("credentials"), "{with}");
    }

    #[test]
    fn what_cannot_be_changed_line_by_line_is_left_alone() {
        let said = |text: &str| file(text).with(&job()).expect_err("left alone").to_string();
        assert!(said("scrape_configs: [{job_name: a}]\n").contains("on one line"));
        let broken = said("global:\n  a: 1\n b: [\n");
        assert!(broken.starts_with("/p.yml:") && broken.contains("is not YAML"), "{broken}");
        assert!(said("{scrape_configs: [{job_name: a}]}\n").contains("more than the job"), "flow style");
        assert!(said("a: 1\n---\nb: 2\n").contains("more than the job"), "two documents");
    }
}
