//! Paths into JSON, as Keyboard Maestro writes them: `J[2+3].name{other name}`.
//!
//! `[…]` is a calculation: an index from 1, from the end when negative, 0 for the number of entries; `COUNT()` in it is that number
//! too. `.name` and `{name}` are keys. Lists and objects may be asked either way: `[3]`, `.3` and `{3}` are the third element of a
//! list and the field “3” of an object.

use super::{Json, JsonError};
use crate::macros::calculation::{Nested, Scope, calculate};

/// Most elements of a list that grows because an element beyond its end is set.
const MOST_ELEMENTS: usize = 10_000;
/// Most steps of a path: what they make stays as shallow as a document that can be read.
const MOST_STEPS: usize = 100;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step<'a> {
    /// A calculation that gives an index.
    Index(&'a str),
    /// A key.
    Key(&'a str),
}

/// What a step comes to, in the value where it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// An element of a list, from 0.
    Element(usize),
    /// A field of an object.
    Field(String),
    /// The number of entries.
    Count,
    /// Nothing that is there or could be.
    None,
}

/// Takes apart the name of the variable that a path begins with, and the rest of the path.
#[must_use]
pub fn split(path: &str) -> (&str, &str) {
    let path = path.trim();
    let end = path.find(['[', '.', '{']).unwrap_or(path.len());
    (path[..end].trim_end(), &path[end..])
}

fn steps(path: &str) -> Result<Vec<Step<'_>>, JsonError> {
    let problem = |problem: &str| JsonError::Path { path: path.to_owned(), problem: problem.to_owned() };
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while let Some(sign) = rest.chars().next() {
        if steps.len() == MOST_STEPS {
            return Err(problem(&format!("it has more than {MOST_STEPS} steps")));
        }
        let after = &rest[sign.len_utf8()..];
        rest = match sign {
            '[' => {
                let end = closing(after, '[', ']').ok_or_else(|| problem("a ] is missing"))?;
                steps.push(Step::Index(&after[..end]));
                &after[end + 1..]
            }
            '{' => {
                let end = closing(after, '{', '}').ok_or_else(|| problem("a } is missing"))?;
                steps.push(Step::Key(after[..end].trim()));
                &after[end + 1..]
            }
            '.' => {
                let end = after.find(['[', '.', '{']).unwrap_or(after.len());
                let key = after[..end].trim();
                if key.is_empty() {
                    return Err(problem("a name is missing after a dot"));
                }
                steps.push(Step::Key(key));
                &after[end..]
            }
            _ => return Err(problem("a step begins with [, { or a dot")),
        };
    }
    Ok(steps)
}

/// Where the bracket closes that has been opened before the text.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        if sign == open {
            depth += 1;
        } else if sign == close {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// What a path leads to in the document of a text; `None` when nothing is there. An empty path is the whole document.
///
/// # Errors
/// [`JsonError`] when the text is no JSON, the path is none, or an index cannot be calculated.
pub fn get(text: &str, path: &str, scope: &mut dyn Scope) -> Result<Option<Json>, JsonError> {
    find(&Json::read(text)?, path, scope)
}

/// What a path leads to in a document; `None` when nothing is there.
///
/// # Errors
/// [`JsonError`] when the path is none, or an index cannot be calculated.
pub fn find(document: &Json, path: &str, scope: &mut dyn Scope) -> Result<Option<Json>, JsonError> {
    let mut value = document;
    for step in steps(path)? {
        let found = match place(value, &step, scope)? {
            // The number of entries is the end of the way: it has no entries itself.
            Place::Count => return Ok(Some(Json::Number(value.count().into()))),
            Place::Element(index) => match value {
                Json::List(items) => items.get(index),
                _ => None,
            },
            Place::Field(key) => match value {
                Json::Object(fields) => fields.iter().find(|(known, _)| *known == key).map(|(_, value)| value),
                _ => None,
            },
            Place::None => None,
        };
        match found {
            Some(found) => value = found,
            None => return Ok(None),
        }
    }
    Ok(Some(value.clone()))
}

fn place(value: &Json, step: &Step<'_>, scope: &mut dyn Scope) -> Result<Place, JsonError> {
    Ok(match (value, step) {
        (Json::List(items), Step::Index(expression)) => element(index(expression, items.len(), scope)?, items.len()),
        (Json::List(items), Step::Key(key)) => match key.parse() {
            Ok(index) => element(index, items.len()),
            Err(_) => Place::None,
        },
        (Json::Object(fields), Step::Index(expression)) => match index(expression, fields.len(), scope)? {
            0 => Place::Count,
            index => Place::Field(index.to_string()),
        },
        (Json::Object(_), Step::Key(key)) => Place::Field((*key).to_owned()),
        (_, Step::Index(expression)) => {
            index(expression, 0, scope)?;
            Place::None
        }
        (_, Step::Key(_)) => Place::None,
    })
}

fn element(index: i64, count: usize) -> Place {
    if index == 0 {
        return Place::Count;
    }
    let position = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index > 0 {
        return Place::Element(position - 1);
    }
    count.checked_sub(position).map_or(Place::None, Place::Element)
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and there is no such element")]
fn index(expression: &str, count: usize, scope: &mut dyn Scope) -> Result<i64, JsonError> {
    let nesting = scope.nesting();
    Ok(calculate(expression, &mut Nested { scope, count: Some(count), nesting })? as i64)
}

/// Sets what a path leads to in the document of a text, and gives the document. Objects and lists that are missing on the way are
/// made; a list grows by `null`s. An empty text is an empty document.
///
/// # Errors
/// [`JsonError`] when the text is no JSON, the path is none or leads through a single value, or an index cannot be calculated.
pub fn set(text: &str, path: &str, new: Json, scope: &mut dyn Scope) -> Result<Json, JsonError> {
    change(text, path, Some(new), scope)
}

/// Deletes what a path leads to in the document of a text, and gives the document. What is not there needs no deletion.
///
/// # Errors
/// [`JsonError`] when the text is no JSON, the path is none, or an index cannot be calculated.
pub fn delete(text: &str, path: &str, scope: &mut dyn Scope) -> Result<Json, JsonError> {
    change(text, path, None, scope)
}

fn change(text: &str, path: &str, new: Option<Json>, scope: &mut dyn Scope) -> Result<Json, JsonError> {
    let mut document = if text.trim().is_empty() { Json::Null } else { Json::read(text)? };
    let steps = steps(path)?;
    let Some((last, way)) = steps.split_last() else {
        return Ok(new.unwrap_or(Json::Null));
    };
    let nowhere = || JsonError::Nowhere(path.to_owned());
    let mut value = &mut document;
    for step in way {
        if new.is_some() {
            make(value, step);
        }
        let place = place(value, step, scope)?;
        value = match enter(value, &place, new.is_some()) {
            Some(inner) => inner,
            None if new.is_none() => return Ok(document),
            None => return Err(nowhere()),
        };
    }
    if new.is_some() {
        make(value, last);
    }
    let place = place(value, last, scope)?;
    match new {
        Some(new) => *enter(value, &place, true).ok_or_else(nowhere)? = new,
        None => remove(value, &place),
    }
    Ok(document)
}

/// Where nothing is yet, a step makes what it can be taken in.
fn make(value: &mut Json, step: &Step<'_>) {
    if *value == Json::Null {
        *value = match step {
            Step::Index(_) => Json::List(Vec::new()),
            Step::Key(_) => Json::Object(Vec::new()),
        };
    }
}

/// What stands at a place, made there when it is missing and may be.
fn enter<'a>(value: &'a mut Json, place: &Place, make: bool) -> Option<&'a mut Json> {
    match (value, place) {
        (Json::List(items), Place::Element(index)) => {
            if *index >= items.len() && make && *index < MOST_ELEMENTS {
                items.resize(index + 1, Json::Null);
            }
            items.get_mut(*index)
        }
        (Json::Object(fields), Place::Field(key)) => {
            let at = fields.iter().position(|(known, _)| known == key);
            let at = match at {
                None if make => {
                    fields.push((key.clone(), Json::Null));
                    Some(fields.len() - 1)
                }
                at => at,
            };
            fields.get_mut(at?).map(|(_, value)| value)
        }
        _ => None,
    }
}

fn remove(value: &mut Json, place: &Place) {
    match (value, place) {
        (Json::List(items), Place::Element(index)) if *index < items.len() => {
            items.remove(*index);
        }
        (Json::Object(fields), Place::Field(key)) => fields.retain(|(known, _)| known != key),
        _ => {}
    }
}
