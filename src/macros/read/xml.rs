//! XML property lists, read straight into JSON values.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};
use serde_json::{Map, Number, Value};

use super::{super::kinds, MAX_DEPTH, MAX_VALUES, ReadError};

/// Reads an XML property list.
pub(super) fn read(bytes: &[u8]) -> Result<Value, ReadError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ReadError::Xml { line: line_at(bytes, error.valid_up_to()), problem: "the text is not UTF-8".into() })?;
    let text = text.trim_start_matches('\u{feff}');
    Xml { reader: Reader::from_str(text), text, values: 0, open: Vec::new(), root: None }.document()
}

fn line_at(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count()
}

/// An array or dictionary whose end tag has not come yet. A stack of these replaces recursion: a deep file costs memory up to
/// the bound, never the thread's stack.
enum Open {
    Array(Vec<Value>),
    Dict(Map<String, Value>, Option<String>),
}

struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    values: usize,
    open: Vec<Open>,
    root: Option<Value>,
}

impl<'a> Xml<'a> {
    fn problem(&self, problem: impl Into<String>) -> ReadError {
        self.problem_at(self.reader.buffer_position(), problem.into())
    }

    fn problem_at(&self, offset: u64, problem: String) -> ReadError {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        ReadError::Xml { line: line_at(self.text.as_bytes(), offset), problem }
    }

    fn event(&mut self) -> Result<Event<'a>, ReadError> {
        self.reader.read_event().map_err(|error| self.problem_at(self.reader.error_position(), error.to_string()))
    }

    fn document(&mut self) -> Result<Value, ReadError> {
        let mut inside = false;
        loop {
            match self.event()? {
                Event::Start(tag) if !inside => {
                    if tag.name().0 != "plist" {
                        return Err(self.problem(format!("<{}> where <plist> should start", tag.name().0)));
                    }
                    inside = true;
                }
                Event::End(tag) if tag.name().0 == "plist" => break,
                Event::Start(tag) => self.start(tag.name().0)?,
                Event::Empty(tag) => self.empty(tag.name().0)?,
                Event::End(_) => self.close()?,
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.problem("text outside of a value"));
                }
                Event::DocType(kind) if kind.contains('[') => {
                    return Err(self.problem("the document type declares entities of its own, which kmtop refuses"));
                }
                Event::Eof => return Err(self.problem("the file ends in the middle")),
                Event::DocType(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
        self.root.take().ok_or_else(|| self.problem("the property list is empty"))
    }

    fn start(&mut self, name: &str) -> Result<(), ReadError> {
        match name {
            "dict" => self.open(Open::Dict(Map::new(), None)),
            "array" => self.open(Open::Array(Vec::new())),
            "key" => {
                let key = self.content(name)?;
                self.key(key)
            }
            "string" | "integer" | "real" | "date" | "data" | "true" | "false" => {
                let content = self.content(name)?;
                let value = self.scalar(name, content)?;
                self.place(value)
            }
            other => Err(self.problem(format!("<{other}> is no part of a property list"))),
        }
    }

    fn empty(&mut self, name: &str) -> Result<(), ReadError> {
        match name {
            "dict" => self.place(Value::Object(Map::new())),
            "array" => self.place(Value::Array(Vec::new())),
            "key" => self.key(String::new()),
            "true" | "false" | "string" | "data" => {
                let value = self.scalar(name, String::new())?;
                self.place(value)
            }
            other => Err(self.problem(format!("<{other}/> has no value"))),
        }
    }

    fn open(&mut self, open: Open) -> Result<(), ReadError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(ReadError::Limit { what: "the property list is nested too deep", limit: MAX_DEPTH });
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        match self.open.pop() {
            Some(Open::Array(items)) => self.place(Value::Array(items)),
            Some(Open::Dict(map, None)) => self.place(kinds::dictionary(map)),
            Some(Open::Dict(_, Some(key))) => Err(self.problem(format!("the key “{key}” has no value"))),
            None => Err(self.problem("an end tag without its start")),
        }
    }

    fn key(&mut self, key: String) -> Result<(), ReadError> {
        match self.open.last_mut() {
            Some(Open::Dict(_, waiting @ None)) => {
                *waiting = Some(key);
                Ok(())
            }
            Some(Open::Dict(_, Some(_))) => Err(self.problem(format!("the key “{key}” follows a key without a value"))),
            _ => Err(self.problem(format!("the key “{key}” stands outside of a dictionary"))),
        }
    }

    fn place(&mut self, value: Value) -> Result<(), ReadError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ReadError::Limit { what: "the property list holds too many values", limit: MAX_VALUES });
        }
        match self.open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Dict(map, key)) => match key.take() {
                Some(key) => {
                    map.insert(key, value);
                }
                None => return Err(self.problem("a value without a key in a dictionary")),
            },
            None if self.root.is_none() => self.root = Some(value),
            None => return Err(self.problem("a second value at the top of the property list")),
        }
        Ok(())
    }

    /// The text up to the end tag: entities resolved, CDATA kept, anything else inside refused.
    fn content(&mut self, name: &str) -> Result<String, ReadError> {
        let mut content = String::new();
        loop {
            match self.event()? {
                // Line ends stay as they are: Apple's reader does not turn \r into \n, as XML's rules would have it.
                Event::Text(text) => content.push_str(&text),
                Event::CData(text) => content.push_str(&text),
                Event::GeneralRef(entity) => content.push(self.entity(&entity)?),
                Event::End(_) => return Ok(content),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Start(tag) | Event::Empty(tag) => {
                    return Err(self.problem(format!("<{}> inside of <{name}>", tag.name().0)));
                }
                Event::Eof => return Err(self.problem(format!("the file ends inside of <{name}>"))),
                Event::Decl(_) | Event::DocType(_) => {
                    return Err(self.problem(format!("a declaration inside of <{name}>")));
                }
            }
        }
    }

    fn entity(&self, entity: &BytesRef<'_>) -> Result<char, ReadError> {
        match entity.resolve_char_ref() {
            Ok(Some(character)) => return Ok(character),
            Err(error) => return Err(self.problem(error.to_string())),
            Ok(None) => {}
        }
        let name: &str = entity;
        match name {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            name => Err(self.problem(format!("the entity &{name}; is not known"))),
        }
    }

    fn scalar(&self, name: &str, content: String) -> Result<Value, ReadError> {
        let wrong = |what: &str| self.problem(format!("“{}” is no {what}", shortened(&content)));
        match name {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "integer" => integer(content.trim()).map(Value::Number).ok_or_else(|| wrong("integer")),
            "real" => {
                let real = content.trim().parse::<f64>().map_err(|_| wrong("number"))?;
                Ok(kinds::real(real))
            }
            "date" => Ok(kinds::date(content.trim())),
            "data" => {
                let compact: String = content.chars().filter(|character| !character.is_whitespace()).collect();
                BASE64_STANDARD.decode(&compact).map_err(|_| wrong("base64 data"))?;
                Ok(kinds::data(&compact))
            }
            _ => Ok(Value::String(content)),
        }
    }
}

fn integer(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
