//! The kinds of values that a property list has and JSON has not, and how they stand in JSON.
//!
//! | in the property list | in JSON |
//! |---|---|
//! | data | `{"base64": "AQI="}` |
//! | a date | `{"date": "2024-01-02T03:04:05Z"}` (RFC 3339, UTC) |
//! | a real that JSON cannot write | `{"real": "inf"}`, `{"real": "-inf"}`, `{"real": "NaN"}` |
//! | a reference of a keyed archive | `{"uid": 7}` |
//! | a dictionary that looks like one of these | `{"dictionary": {…}}` |
//!
//! Integers and reals are both numbers, told apart by how they are written: `5` and `5.0`.

use serde_json::{Map, Number, Value, json};

const DATA: &str = "base64";
const DATE: &str = "date";
const REAL: &str = "real";
const REFERENCE: &str = "uid";
const DICTIONARY: &str = "dictionary";

/// A value with the kind that it has in a property list.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'a> {
    /// Nothing; only the binary form has it.
    Null,
    /// Yes or no.
    Boolean(bool),
    /// An integer.
    Integer(&'a Number),
    /// A real, which may be infinite or not a number.
    Real(f64),
    /// A text.
    Text(&'a str),
    /// Data, as base64.
    Data(&'a str),
    /// A date, as RFC 3339 text; anything else when the file holds a date that no calendar has.
    Date(&'a str),
    /// A reference within a keyed archive.
    Reference(u64),
    /// A list.
    List(&'a [Value]),
    /// A dictionary.
    Dictionary(&'a Map<String, Value>),
}

/// The kind that a value has in a property list.
#[must_use]
pub fn kind(value: &Value) -> Kind<'_> {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(flag) => Kind::Boolean(*flag),
        Value::Number(number) if number.is_f64() => Kind::Real(number.as_f64().unwrap_or_default()),
        Value::Number(number) => Kind::Integer(number),
        Value::String(text) => Kind::Text(text),
        Value::Array(items) => Kind::List(items),
        Value::Object(fields) => special(fields).unwrap_or(Kind::Dictionary(fields)),
    }
}

/// What a dictionary of one entry stands for, if for anything but itself.
fn special(fields: &Map<String, Value>) -> Option<Kind<'_>> {
    let mut entries = fields.iter();
    let (key, value) = entries.next().filter(|_| fields.len() == 1)?;
    match (key.as_str(), value) {
        (DATA, Value::String(text)) => Some(Kind::Data(text)),
        (DATE, Value::String(text)) => Some(Kind::Date(text)),
        (REAL, Value::String(text)) => text.parse().ok().map(Kind::Real),
        (REFERENCE, Value::Number(number)) => number.as_u64().map(Kind::Reference),
        (DICTIONARY, Value::Object(fields)) => Some(Kind::Dictionary(fields)),
        _ => None,
    }
}

/// Data, given as base64.
pub(super) fn data(base64: &str) -> Value {
    json!({ DATA: base64 })
}

/// A date, given as RFC 3339 text.
pub(super) fn date(text: &str) -> Value {
    json!({ DATE: text })
}

/// A real.
pub(super) fn real(real: f64) -> Value {
    Number::from_f64(real).map_or_else(|| json!({ REAL: real.to_string() }), Value::Number)
}

/// A reference of a keyed archive.
pub(super) fn reference(number: u64) -> Value {
    json!({ REFERENCE: number })
}

/// A dictionary, wrapped when it looks like another kind.
pub(super) fn dictionary(fields: Map<String, Value>) -> Value {
    if special(&fields).is_some() { json!({ DICTIONARY: fields }) } else { Value::Object(fields) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, data, date, dictionary, kind, real, reference};

    #[test]
    fn every_kind_is_told_apart() {
        assert_eq!(kind(&data("AQI=")), Kind::Data("AQI="));
        assert_eq!(kind(&date("2024-01-02T03:04:05Z")), Kind::Date("2024-01-02T03:04:05Z"));
        assert_eq!(kind(&real(f64::INFINITY)), Kind::Real(f64::INFINITY));
        assert!(matches!(kind(&real(f64::NAN)), Kind::Real(number) if number.is_nan()));
        assert_eq!(kind(&real(5.0)), Kind::Real(5.0));
        assert!(matches!(kind(&json!(5)), Kind::Integer(_)));
        assert_eq!(kind(&reference(7)), Kind::Reference(7));
    }

    #[test]
    fn a_dictionary_that_looks_like_another_kind_stays_one() {
        for fields in
            [json!({"date": "x"}), json!({"base64": ""}), json!({"dictionary": {}}), json!({"uid": 1}), json!({"real": "inf"})]
        {
            let Value::Object(fields) = fields else { unreachable!() };
            let wrapped = dictionary(fields.clone());
            assert_eq!(kind(&wrapped), Kind::Dictionary(&fields));
            assert_ne!(wrapped, Value::Object(fields));
        }
        let plain = json!({"date": "x", "more": 1});
        let Value::Object(fields) = plain.clone() else { unreachable!() };
        assert_eq!(dictionary(fields), plain);
    }
}
