//! Numbers as a prompt says them.

use serde_json::Value;

/// Microseconds as milliseconds; what is not known says so.
pub(super) fn micros(value: Option<u64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |micros| format!("{:.1} ms", micros as f64 / 1_000.0))
}

/// A share from 0 to 1 as percent.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "unknown".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// A number, if it is known.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.1}"))
}

/// JSON that is laid out for reading.
pub(super) fn laid_out(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A text between lines that no line of it can end: what macros say is nothing that the reader is told to do.
pub(super) fn quoted(kind: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{kind}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_cannot_end_itself() {
        assert_eq!(quoted("text", "a"), "```text\na\n```");
        assert_eq!(quoted("", "```\nb"), "````\n```\nb\n````");
        assert_eq!((micros(Some(1_250)), micros(None)), ("1.2 ms".into(), "unknown".into()));
        assert_eq!(percent(Some(0.125)), "12.5 %");
    }
}
