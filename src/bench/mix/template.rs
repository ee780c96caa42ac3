//! Arguments with places to fill in: `{{counter}}`, `{{counter:100}}`, `{{random:1..9}}`, `{{text:4KiB}}`.
//!
//! A place that is the whole of a text and begins with `#`, such as `{{#counter}}`, becomes a number instead of a text.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::bench::{BenchError, text};

/// Text that long values are made of; long, so that no compression on the way makes them short.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
/// Random letters that are repeated in long values.
const BLOCK: usize = 4_096;

/// A call whose arguments may have places to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The tool.
    pub tool: Arc<str>,
    /// Its arguments as they were written.
    pub arguments: Value,
    filled: Part,
}

/// Arguments taken apart.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// As it is.
    Fixed(Value),
    /// A text with places.
    Text(Vec<Piece>),
    /// A place that becomes a number.
    Number(Place),
    List(Vec<Part>),
    Object(Vec<(String, Part)>),
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Place(Place),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// Counts up from 1, and begins again after so many.
    Counter(Option<u64>),
    /// A whole number, both ends included.
    Random(i64, i64),
    /// Random letters, so many bytes.
    Letters(usize),
}

impl Template {
    /// A call of this tool; `arguments` must be an object.
    ///
    /// # Errors
    /// When it is none, or has a place that nothing can be put into.
    pub fn new(tool: &str, arguments: Value) -> Result<Self, BenchError> {
        if !arguments.is_object() {
            return Err(BenchError::new(format!("the arguments of {tool} must be a JSON object such as {{\"name\":\"x\"}}")));
        }
        let filled = take_apart(&arguments).map_err(|error| BenchError::new(format!("in the arguments of {tool}: {error}")))?;
        Ok(Self { tool: Arc::from(tool), arguments, filled })
    }

    /// The arguments of a call with this number, from 1.
    pub fn fill(&self, counter: u64, random: &mut Rng) -> Value {
        self.filled.fill(counter, random)
    }
}

fn take_apart(value: &Value) -> Result<Part, String> {
    Ok(match value {
        Value::String(text) => pieces(text)?,
        Value::Array(items) => {
            let parts = items.iter().map(take_apart).collect::<Result<Vec<_>, _>>()?;
            if parts.iter().all(|part| matches!(part, Part::Fixed(_))) { Part::Fixed(value.clone()) } else { Part::List(parts) }
        }
        Value::Object(entries) => {
            let part = |(key, value): (&String, &Value)| Ok((key.clone(), take_apart(value)?));
            let parts = entries.iter().map(part).collect::<Result<Vec<_>, String>>()?;
            let fixed = parts.iter().all(|(_, part)| matches!(part, Part::Fixed(_)));
            if fixed { Part::Fixed(value.clone()) } else { Part::Object(parts) }
        }
        other => Part::Fixed(other.clone()),
    })
}

fn pieces(text: &str) -> Result<Part, String> {
    if let Some(number) = text.strip_prefix("{{#").and_then(|rest| rest.strip_suffix("}}")) {
        return match place(number)? {
            Place::Letters(_) => Err(format!("{{{{#{number}}}}} is no number")),
            place => Ok(Part::Number(place)),
        };
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}").ok_or_else(|| format!("\"{text}\" opens {{{{ and does not close it"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Place(place(inside)?));
        rest = behind;
    }
    if pieces.is_empty() {
        return Ok(Part::Fixed(Value::String(text.to_owned())));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(Part::Text(pieces))
}

fn place(inside: &str) -> Result<Place, String> {
    let (name, argument) = inside.split_once(':').map_or((inside, None), |(name, argument)| (name, Some(argument.trim())));
    let place = match (name.trim(), argument) {
        ("counter", None) => Some(Place::Counter(None)),
        ("counter", Some(end)) => end.parse().ok().filter(|end| *end > 0).map(|end| Place::Counter(Some(end))),
        ("random", Some(range)) => range.split_once("..").and_then(|(from, to)| {
            let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (from <= to).then_some(Place::Random(from, to))
        }),
        ("text", Some(size)) => Some(Place::Letters(text::size(size)?)),
        _ => None,
    };
    place.ok_or_else(|| {
        format!("nothing can be put into {{{{{inside}}}}}; there are {{{{counter}}}}, {{{{counter:100}}}}, {{{{random:1..9}}}}, {{{{text:4KiB}}}}")
    })
}

impl Part {
    fn fill(&self, counter: u64, random: &mut Rng) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(fixed) => text.push_str(fixed),
                        Piece::Place(Place::Letters(size)) => letters(*size, random, &mut text),
                        Piece::Place(place) => text.push_str(&place.number(counter, random).to_string()),
                    }
                }
                Value::String(text)
            }
            Self::Number(place) => place.number(counter, random).into(),
            Self::List(parts) => parts.iter().map(|part| part.fill(counter, random)).collect(),
            Self::Object(parts) => {
                Value::Object(parts.iter().map(|(key, part)| (key.clone(), part.fill(counter, random))).collect::<Map<_, _>>())
            }
        }
    }
}

impl Place {
    fn number(self, counter: u64, random: &mut Rng) -> i64 {
        match self {
            Self::Counter(end) => {
                let counter = end.map_or(counter, |end| (counter.max(1) - 1) % end + 1);
                i64::try_from(counter).unwrap_or(i64::MAX)
            }
            Self::Random(from, to) => random.i64(from..=to),
            Self::Letters(size) => i64::try_from(size).unwrap_or(i64::MAX),
        }
    }
}

fn letters(size: usize, random: &mut Rng, text: &mut String) {
    let block: String = (0..size.min(BLOCK)).map(|_| char::from(LETTERS[random.usize(..LETTERS.len())])).collect();
    let mut left = size;
    while left > 0 {
        let part = &block[..left.min(block.len())];
        text.push_str(part);
        left -= part.len();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(arguments: Value, counter: u64) -> Value {
        Template::new("t", arguments).expect("a template").fill(counter, &mut Rng::with_seed(4))
    }

    #[test]
    fn places_are_filled() {
        let arguments =
            json!({ "name": "v {{counter:3}}", "n": "{{#counter}}", "deep": [{ "x": "{{#random:5..5}}" }], "plain": 1 });
        assert_eq!(fill(arguments, 5), json!({ "name": "v 2", "n": 5, "deep": [{ "x": 5 }], "plain": 1 }));
        let long = fill(json!({ "value": "<{{text:10KiB}}>" }), 1);
        let long = long["value"].as_str().expect("text");
        assert_eq!((long.len(), long.starts_with('<'), long.ends_with('>')), (10 * 1_024 + 2, true, true));
        assert_eq!(fill(json!({ "value": "{{text:8}}" }), 1), fill(json!({ "value": "{{text:8}}" }), 1), "from the seed");
        assert_eq!(fill(json!({ "text": "%Variable%x% {plain}" }), 1), json!({ "text": "%Variable%x% {plain}" }));
    }

    #[test]
    fn places_that_nothing_fits_are_refused() {
        for text in [
            "{{counter",
            "{{nothing}}",
            "{{random:9..1}}",
            "{{random}}",
            "{{text}}",
            "{{text:x}}",
            "{{counter:0}}",
            "{{#text:4}}",
        ] {
            let error = Template::new("a_tool", json!({ "x": text })).expect_err(text);
            assert!(error.to_string().contains("a_tool"), "{error}");
        }
        assert!(Template::new("t", json!([])).is_err());
    }
}
