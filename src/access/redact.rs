//! What of a call's arguments may be seen, by the owner who is asked and in the audit log.

use serde_json::{Map, Value};

use crate::{
    macros::variables::{Reach, reach},
    util::text::brief,
};

/// Stands where a secret was.
pub const HIDDEN: &str = "••••";
/// Most arguments that are shown.
const MOST_LINES: usize = 40;
/// Words in a name that make its value a secret.
const SECRET_WORDS: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "credential", "authorization"];
/// Members that carry the value of what `name` or `key` beside them names.
const VALUES: [&str; 3] = ["value", "values", "text"];

/// Whether what has this name is a secret: a password variable, or a member that says so.
pub fn is_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    reach(name) == Reach::Password || SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// The value with secrets hidden and texts cut to `most` characters.
pub fn redacted(value: &Value, most: usize) -> Value {
    match value {
        Value::String(text) => Value::String(brief(text, most)),
        Value::Array(items) => Value::Array(items.iter().map(|item| redacted(item, most)).collect()),
        Value::Object(members) => Value::Object(object(members, most)),
        plain => plain.clone(),
    }
}

fn object(members: &Map<String, Value>, most: usize) -> Map<String, Value> {
    let named = ["name", "key"].iter().filter_map(|name| members.get(*name)?.as_str()).any(is_secret);
    let hide = |name: &str| is_secret(name) || (named && VALUES.contains(&name));
    members
        .iter()
        .map(|(name, value)| {
            let value = if hide(name) { Value::String(HIDDEN.to_owned()) } else { redacted(value, most) };
            (brief(name, most), value)
        })
        .collect()
}

/// Arguments for people, one a line: `name: value`.
pub fn lines(arguments: &Value, most: usize) -> Vec<String> {
    let Value::Object(members) = redacted(arguments, most) else { return Vec::new() };
    let line = |(name, value): (String, Value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => brief(&format!("{name}: {other}"), most),
    };
    members.into_iter().take(MOST_LINES).map(line).collect()
}

/// What a call was about, unless that is a secret itself.
pub fn subject(subject: &str) -> &str {
    if is_secret(subject) { HIDDEN } else { subject }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let arguments = json!({
            "name": "Mail Password", "value": "hunter2", "api_key": "hunter2", "list": [{ "token": "hunter2" }],
            "environment": { "DB_PASSWORD": "hunter2", "PATH": "/bin" },
        });
        let text = redacted(&arguments, 80).to_string();
        assert!(!text.contains("hunter2") && text.contains("/bin") && text.contains("Mail Password"), "{text}");
        assert_eq!(redacted(&json!({ "name": "Total", "value": "42" }), 80), json!({ "name": "Total", "value": "42" }));
    }

    #[test]
    fn lines_are_short_and_safe() {
        let lines = lines(&json!({ "macro": "a\x1b]52;c;x\x07b\nc", "n": 7, "long": "x".repeat(500) }), 20);
        assert_eq!(lines[0].chars().count(), "long: ".len() + 20);
        assert_eq!(&lines[1..], ["macro: a]52;c;xb c", "n: 7"]);
        assert_eq!((subject("Greet"), subject("Mail PW")), ("Greet", HIDDEN));
    }
}
