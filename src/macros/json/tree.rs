//! A JSON document. Unlike `serde_json`'s it keeps the order of an object's fields: a variable must not be shuffled by setting
//! one of its fields.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::Number;

use super::JsonError;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// `[…]`.
    List(Vec<Json>),
    /// `{…}`, in the order of the text. Of fields with one name the last counts.
    Object(Vec<(String, Json)>),
}

/// How a value is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    /// Texts in quotes. Without it a text stands as it is; inside of lists and objects it is quoted all the same.
    pub strict: bool,
    /// Over several lines.
    pub pretty: bool,
}

impl Json {
    /// The document in a text.
    ///
    /// # Errors
    /// [`JsonError::Syntax`] when the text is no JSON, or nested deeper than 127 levels.
    pub fn read(text: &str) -> Result<Self, JsonError> {
        serde_json::from_str(text).map_err(|error| JsonError::Syntax(error.to_string()))
    }

    /// The value as text.
    #[must_use]
    pub fn text(&self, form: Form) -> String {
        match self {
            Self::Text(text) if !form.strict => text.clone(),
            // Writing to a text cannot fail: keys are texts, and no float is infinite.
            _ if form.pretty => serde_json::to_string_pretty(self).unwrap_or_default(),
            _ => serde_json::to_string(self).unwrap_or_default(),
        }
    }

    /// How many elements or fields it has; 0 of a single value.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::List(items) => items.len(),
            Self::Object(fields) => fields.len(),
            _ => 0,
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        while let Some((key, value)) = access.next_entry::<String, Json>()? {
            if let Some(place) = places.get(&key) {
                let (_, known): &mut (String, Json) = &mut fields[*place];
                *known = value;
            } else {
                places.insert(key.clone(), fields.len());
                fields.push((key, value));
            }
        }
        Ok(Json::Object(fields))
    }
}
