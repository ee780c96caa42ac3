//! Writing property lists: what [`property_list`](super::read::property_list) reads comes out with the same meaning, keys that kmtop
//! does not know included. Keys stand in the order of the alphabet, as Keyboard Maestro writes them.

use std::time::SystemTime;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use plist::{Dictionary, Integer, Uid};
use serde_json::{Map, Number, Value};

use super::{
    kinds::{Kind, kind},
    read::Form,
};

/// A value that no property list can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A value of a kind that this form has not.
    #[error("{place}: a property list cannot hold {what}")]
    Kind {
        /// Where it stands: `[0].Macros[3].Name`.
        place: String,
        /// What it is.
        what: String,
    },
    /// The writer failed.
    #[error("the property list cannot be written: {0}")]
    Writer(String),
}

/// Writes a property list in this form.
///
/// # Errors
/// [`WriteError`] names a value that the form has no kind for.
pub fn property_list(value: &Value, form: Form) -> Result<Vec<u8>, WriteError> {
    match form {
        Form::Xml => xml(value).map(String::into_bytes),
        Form::Binary => binary(value),
    }
}

/// Writes a property list as XML. Dates lose their parts of a second, as in the files that Apple writes.
///
/// # Errors
/// [`WriteError`] names a value that XML property lists have no kind for.
pub fn xml(value: &Value) -> Result<String, WriteError> {
    let mut bytes = Vec::new();
    converted(value, Form::Xml)?.to_writer_xml(&mut bytes).map_err(|error| WriteError::Writer(error.to_string()))?;
    bytes.push(b'\n');
    let text = String::from_utf8(bytes).map_err(|error| WriteError::Writer(error.to_string()))?;
    // A bare carriage return is a line feed to readers that follow XML's rules; the writer itself makes none.
    Ok(if text.contains('\r') { text.replace('\r', "&#13;") } else { text })
}

/// Writes a property list in the binary form.
///
/// # Errors
/// [`WriteError`] names a value that binary property lists have no kind for.
pub fn binary(value: &Value) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    converted(value, Form::Binary)?.to_writer_binary(&mut bytes).map_err(|error| WriteError::Writer(error.to_string()))?;
    Ok(bytes)
}

fn converted(value: &Value, form: Form) -> Result<plist::Value, WriteError> {
    Converter { form, place: Vec::new() }.value(value)
}

struct Converter<'a> {
    form: Form,
    /// The way to the value at hand.
    place: Vec<Step<'a>>,
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

impl<'a> Converter<'a> {
    fn value(&mut self, value: &'a Value) -> Result<plist::Value, WriteError> {
        Ok(match kind(value) {
            Kind::Null => return Err(self.refused("nothing (null)")),
            Kind::Boolean(flag) => flag.into(),
            Kind::Integer(number) => plist::Value::Integer(self.integer(number)?),
            Kind::Real(real) => real.into(),
            Kind::Text(text) => text.into(),
            Kind::Data(base64) => {
                let data = BASE64_STANDARD.decode(base64).map_err(|_| self.refused("data that is not base64"))?;
                plist::Value::Data(data)
            }
            Kind::Date(text) => self.date(text)?.into(),
            // Apple's own way to say it in XML, which has no kind for it.
            Kind::Reference(number) if self.form == Form::Xml => {
                plist::Value::Dictionary([("CF$UID".to_owned(), plist::Value::from(number))].into_iter().collect())
            }
            Kind::Reference(number) => plist::Value::Uid(Uid::new(number)),
            Kind::List(items) => self.list(items)?,
            Kind::Dictionary(fields) => self.dictionary(fields)?,
        })
    }

    fn list(&mut self, items: &'a [Value]) -> Result<plist::Value, WriteError> {
        let mut list = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            self.place.push(Step::Item(position));
            list.push(self.value(item)?);
            self.place.pop();
        }
        Ok(plist::Value::Array(list))
    }

    fn dictionary(&mut self, fields: &'a Map<String, Value>) -> Result<plist::Value, WriteError> {
        let mut dictionary = Dictionary::new();
        for (key, value) in fields {
            self.place.push(Step::Key(key));
            dictionary.insert(key.clone(), self.value(value)?);
            self.place.pop();
        }
        Ok(plist::Value::Dictionary(dictionary))
    }

    fn integer(&self, number: &Number) -> Result<Integer, WriteError> {
        let signed = number.as_i64().map(Integer::from);
        signed.or_else(|| number.as_u64().map(Integer::from)).ok_or_else(|| self.refused("an integer of more than 64 bits"))
    }

    fn date(&self, text: &str) -> Result<plist::Date, WriteError> {
        let refused = || self.refused(&format!("the date “{text}”"));
        let mut stamp: jiff::Timestamp = text.parse().map_err(|_| refused())?;
        if self.form == Form::Xml {
            stamp = jiff::Timestamp::from_second(stamp.as_second()).map_err(|_| refused())?;
        }
        // The writer of XML fails on other years.
        let year = stamp.to_zoned(jiff::tz::TimeZone::UTC).year();
        if (0..=9999).contains(&year) { Ok(SystemTime::from(stamp).into()) } else { Err(refused()) }
    }

    fn refused(&self, what: &str) -> WriteError {
        let mut place = String::new();
        for step in &self.place {
            match step {
                Step::Key(key) if place.is_empty() => place.push_str(key),
                Step::Key(key) => place.extend([".", key]),
                Step::Item(position) => place.extend(["[", &position.to_string(), "]"]),
            }
        }
        let place = if place.is_empty() { "at the top".to_owned() } else { place };
        WriteError::Kind { place, what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests;
