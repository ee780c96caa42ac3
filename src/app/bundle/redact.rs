//! What others may see of a text.

use std::{borrow::Cow, path::Path};

use fancy_regex::Regex;
use serde_json::Value;

/// Shorter texts are no secrets: hiding each `1` would leave nothing to read.
const SHORTEST: usize = 4;
/// What stands in a secret's place.
const HIDDEN: &str = "(hidden)";

/// What has the form of a secret, wherever it stands: what follows `Bearer`, who logs in at an address, and long words of the
/// letters that tokens and keys are written in. UUIDs of macros are hidden with them.
const FORMS: [&str; 3] = [r"(?i)\bbearer\s+\S+", r"(?<=://)[^/\s@]+@", r"[A-Za-z0-9_=-]{32,}"];

/// After these words a line of the log repeats what a worker said, which may be anything.
const OF_WORKERS: [&str; 2] = ["worker says:", "worker:"];

/// Hides secrets: those that it knows, and what has the form of one.
pub(super) struct Redactor {
    /// The longest first, so that none hides a piece of another.
    secrets: Vec<String>,
    forms: Vec<Regex>,
    quoted: Option<Regex>,
    home: Option<String>,
}

impl Redactor {
    /// One that knows these secrets. Of a secret of several lines each line is one.
    pub(super) fn new(secrets: impl IntoIterator<Item = String>, home: Option<&Path>) -> Self {
        let lines = |secret: String| secret.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let mut secrets: Vec<String> = secrets.into_iter().flat_map(lines).filter(|secret| secret.len() >= SHORTEST).collect();
        secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        secrets.dedup();
        let forms = FORMS.iter().filter_map(|form| Regex::new(form).ok()).collect();
        let home = home.map(|home| home.display().to_string()).filter(|home| home.len() > 1);
        Self { secrets, forms, quoted: Regex::new("\"[^\"]*\"|“[^”]*”").ok(), home }
    }

    /// A text without secrets; the home folder is `~`.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        if let Some(home) = &self.home {
            text = text.replace(home.as_str(), "~");
        }
        for form in &self.forms {
            text = form.replace_all(&text, HIDDEN).into_owned();
        }
        text
    }

    /// The same in every text of a value; its keys are kmtop's own.
    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            _ => {}
        }
    }

    /// The last lines of a log: without what workers said and what stands in quotes. Lines that do not begin with a time belong to
    /// something foreign and are left out.
    pub(super) fn log(&self, text: &str, most: usize) -> String {
        let own = |line: &&str| line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line.contains("kmtop");
        let lines: Vec<&str> = text.lines().filter(own).collect();
        lines[lines.len().saturating_sub(most)..].iter().map(|line| self.log_line(line) + "\n").collect()
    }

    fn log_line(&self, line: &str) -> String {
        let cut = OF_WORKERS.iter().find_map(|words| line.find(words).map(|at| at + words.len()));
        let line = cut.map_or(Cow::Borrowed(line), |end| Cow::Owned(format!("{} {HIDDEN}", &line[..end])));
        // First what is known, while it is whole.
        let line = self.text(&line);
        self.quoted.as_ref().map_or_else(String::new, |quoted| quoted.replace_all(&line, "\"…\"").into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let secrets = ["first line\nsecond line", "line", "ab"].map(str::to_owned);
        Redactor::new(secrets, Some(Path::new("/home/me")))
    }

    #[test]
    fn secrets_and_what_looks_like_one_are_hidden() {
        let shown = |text: &str| redactor().text(text);
        assert_eq!(shown("a second line, ab"), "a (hidden), ab", "two letters are no secret");
        assert_eq!(shown("in /home/me/x"), "in ~/x");
        assert_eq!(shown("Authorization: Bearer abc.def, x"), "Authorization: (hidden) x");
        assert_eq!(shown("at http://me:pass@mini:4490/"), "at http://(hidden)mini:4490/");
        assert_eq!(shown("key 0123456789abcdef0123456789abcdef."), "key (hidden).");
    }

    #[test]
    fn of_a_log_only_kmtops_own_words_stay() {
        let log = "2026-01-01T00:00:00Z  INFO kmtop::pool: worker: password is x slot=1\n\
                   a line that a worker went on with\n\
                   2026-01-01T00:00:01Z  WARN kmtop::pool: worker stopped slot=2 key=\"My Macro\"\n";
        let shown = redactor().log(log, 10);
        assert_eq!(
            shown,
            "2026-01-01T00:00:00Z  INFO kmtop::pool: worker: (hidden)\n\
             2026-01-01T00:00:01Z  WARN kmtop::pool: worker stopped slot=2 key=\"…\"\n"
        );
        assert_eq!(redactor().log(log, 1).lines().count(), 1, "the newest");
    }
}
