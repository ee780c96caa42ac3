//! One entry of the log.

use jiff::civil::DateTime;

use crate::util::text::sanitize;

/// How a time is written.
const TIME: &str = "%Y-%m-%d %H:%M:%S";
/// Characters of a time.
const TIME_LENGTH: usize = 19;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When, in local time.
    pub time: DateTime,
    /// What happened; may have several lines.
    pub message: String,
}

impl LogEntry {
    /// Whether its message tells of a failure, a cancelled macro or a time limit. The format has no levels: words tell.
    #[must_use]
    pub fn is_error(&self) -> bool {
        let lower = self.message.to_lowercase();
        ["failed", "error", "cancelled", "timeout"].iter().any(|word| lower.contains(word))
    }

    /// The name of the macro that it names: `Execute macro "X" …` or `Macro "X" …`, with straight or curly quotes.
    #[must_use]
    pub fn macro_name(&self) -> Option<&str> {
        let first = self.message.lines().next()?;
        let quoted = |(at, word): (usize, &str)| first[at + word.len()..].strip_prefix(['"', '“']);
        let rest = ["acro \"", "acro “"].iter().filter_map(|mark| first.find(mark)).min();
        let rest = rest.and_then(|at| quoted((at, "acro ")))?;
        // A name may hold quotes itself; what follows the name tells where it ends.
        let end = ["\" from trigger ", "” from trigger ", "\" cancelled", "” cancelled"].iter().find_map(|end| rest.find(end));
        end.or_else(|| rest.find(['"', '”'])).map(|end| &rest[..end])
    }

    /// The entry as it stands in the file, with a line feed at its end. Further lines that look like entries of their own are
    /// moved in by a space, so that no message can forge one; control characters are taken out.
    pub(super) fn written(&self) -> String {
        let mut text = self.time.strftime(TIME).to_string();
        text.push(' ');
        for (number, line) in self.message.trim_end().lines().enumerate() {
            if number > 0 {
                text.push('\n');
                if head(line).is_some() {
                    text.push(' ');
                }
            }
            text.push_str(&sanitize(line));
        }
        text.push('\n');
        text
    }
}

/// Time and message of a line that starts an entry.
pub(super) fn head(line: &str) -> Option<(DateTime, &str)> {
    let time = line.get(..TIME_LENGTH).filter(|time| time.starts_with(|sign: char| sign.is_ascii_digit()))?;
    let message = line[TIME_LENGTH..].strip_prefix([' ', '\t']).or_else(|| (line.len() == TIME_LENGTH).then_some(""))?;
    Some((DateTime::strptime(TIME, time).ok()?, message))
}

/// The message for a macro that starts.
#[must_use]
pub fn started(name: &str, trigger: &str) -> String {
    format!("Execute macro \"{name}\" from trigger {trigger}")
}

/// The message for an action that failed. `action` is its `ActionUID`, or where it stands when it has none.
#[must_use]
pub fn action_failed(action: &str, why: &str) -> String {
    format!("Action {action} failed: {why}")
}

/// The message for a macro that was cancelled.
#[must_use]
pub fn cancelled(name: &str, why: &str) -> String {
    format!("Macro \"{name}\" cancelled {why}").trim_end().to_owned()
}
