//! Tokens that read JSON and dictionaries.

use super::{TokenError, TokenScope};
use crate::macros::json::{Form, Json, JsonError, get, split, value};

/// `%JSONValue%path%`; nothing when the variable is unset or the path leads nowhere.
pub(super) fn value_at(path: &str, form: Form, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let (variable, rest) = split(path);
    let Some(text) = scope.variable(variable)?.filter(|text| !text.trim().is_empty()) else {
        return Ok(String::new());
    };
    let found = get(&text, rest, scope).map_err(|error| told(path, error))?;
    Ok(found.map(|found| found.text(form)).unwrap_or_default())
}

/// `%JSONFromDictionary%name%`.
pub(super) fn of_dictionary(name: &str, form: Form, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let entries = scope.dictionary(name.trim())?;
    object(entries, form)
}

/// `%JSONFromVariables%prefix%`: the variables whose names begin so, case and all, without the prefix and spaces behind it.
pub(super) fn of_variables(prefix: &str, form: Form, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let named = scope.variables()?.into_iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(prefix)?.trim().to_owned();
        (!key.is_empty()).then_some((key, value))
    });
    object(named.collect(), form)
}

fn object(mut entries: Vec<(String, String)>, form: Form) -> Result<String, TokenError> {
    entries.sort();
    entries.dedup_by(|later, first| later.0 == first.0);
    let fields = entries.into_iter().map(|(key, text)| {
        let read = value(&text, form.strict).map_err(|error| told(&key, error))?;
        Ok((key, read))
    });
    Ok(Json::Object(fields.collect::<Result<_, TokenError>>()?).text(form))
}

fn told(path: &str, error: JsonError) -> TokenError {
    match error {
        JsonError::Host(error) => error.into(),
        error => TokenError::Json(path.chars().take(60).collect(), error.to_string()),
    }
}

/// The two halves of `%Dictionary[name,key]%`: at the first comma that is not in a token.
pub(super) fn dictionary_key(text: &str) -> (&str, &str) {
    let mut at = 0;
    let grammar = super::grammar::Grammar::new(text);
    while let Some(sign) = text[at..].find([',', '%']).map(|sign| at + sign) {
        if text.as_bytes()[sign] == b',' {
            return (&text[..sign], &text[sign + 1..]);
        }
        at = grammar.token(sign).map_or(sign + 1, |token| token.end);
    }
    (text, "")
}
