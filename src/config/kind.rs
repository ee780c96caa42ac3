//! What a key may hold, in one word of code: the same fact checks a value, says what to write and documents the key.

use std::{net::SocketAddr, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::nearest::nearest;

/// What a key may hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Whole {
        /// The least allowed.
        least: u64,
        /// The most allowed.
        most: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any of these words.
    Words(&'static [&'static str]),
    /// Text that is not empty.
    Text,
    /// A list of texts that are not empty.
    Texts,
    /// A list of web origins.
    Origins,
    /// A table of names, each with a whole number from 1.
    Counts {
        /// The most allowed.
        most: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// A socket address.
    Address,
    /// Two limits, as a pair or by name.
    Levels {
        /// The most allowed; the least is 0.
        most: u32,
        /// The unit.
        unit: &'static str,
    },
    /// Values with parts of their own.
    Shape {
        /// Whether a value has it.
        fits: fn(&Spanned<DeValue<'_>>) -> bool,
        /// What to write.
        wanted: &'static str,
    },
}

/// The piece of a value that cannot be taken.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Where it stands in the text.
    pub(super) span: Range<usize>,
    /// A known word that is near it.
    pub(super) nearest: Option<&'static str>,
}

impl Misfit {
    fn at(value: &Spanned<DeValue<'_>>) -> Self {
        Self { span: value.span(), nearest: None }
    }
}

impl Kind {
    /// What to write, as the end of a sentence that begins with "write".
    pub(super) fn wanted(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Whole { least, most, unit } => format!("a whole number from {least} to {most} ({unit})"),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Words(words) => format!("a list of words out of {}", quoted(words)),
            Self::Text => "text that is not empty, in quotes".to_owned(),
            Self::Texts => "a list of texts that are not empty, like [\"one\", \"two\"]".to_owned(),
            Self::Origins => "a list of origins, like [\"https://example.org\"]".to_owned(),
            Self::Address => "an address and a port, like \"127.0.0.1:4499\" or \"[::1]:4499\"".to_owned(),
            Self::Shape { wanted, .. } => wanted.to_owned(),
            Self::Counts { most, unit } => format!("names with whole numbers from 1 to {most} ({unit}), like {{ Finder = 1 }}"),
            Self::Levels { most, unit } => {
                format!("[warning, critical], two numbers from 0 to {most} ({unit}), the first not above the second")
            }
        }
    }

    /// Whether a value of a file can be taken.
    pub(super) fn check(self, value: &Spanned<DeValue<'_>>) -> Result<(), Misfit> {
        let holds = match (self, value.get_ref()) {
            (Self::Switch, DeValue::Boolean(_)) => true,
            (Self::Whole { least, most, .. }, DeValue::Integer(_)) => {
                whole(value.get_ref()).is_some_and(|number| (i128::from(least)..=i128::from(most)).contains(&number))
            }
            (Self::Word(words), DeValue::String(_)) => return one_word(words, value),
            (Self::Words(words), DeValue::Array(items)) => return items.iter().try_for_each(|item| one_word(words, item)),
            (Self::Texts, DeValue::Array(items)) => return each(items.iter(), |text| !text.trim().is_empty()),
            (Self::Origins, DeValue::Array(items)) => return each(items.iter(), is_origin),
            (Self::Text | Self::Address, DeValue::String(text)) => self.check_text(text),
            (Self::Shape { fits, .. }, _) => fits(value),
            (Self::Counts { most, .. }, DeValue::Table(items)) => return counts(items, most),
            (Self::Levels { most, .. }, _) => return levels(value, f64::from(most)),
            _ => false,
        };
        if holds { Ok(()) } else { Err(Misfit::at(value)) }
    }

    /// Whether the value of a variable or flag can be taken. Only kinds of one value come that way.
    pub(super) fn check_text(self, text: &str) -> bool {
        match self {
            Self::Whole { least, most, .. } => text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number)),
            Self::Word(words) => words.contains(&text),
            Self::Text => !text.trim().is_empty(),
            Self::Address => text.parse::<SocketAddr>().is_ok(),
            Self::Switch => matches!(text, "true" | "false"),
            Self::Words(_) | Self::Texts | Self::Origins | Self::Counts { .. } | Self::Levels { .. } | Self::Shape { .. } => {
                false
            }
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn whole(value: &DeValue<'_>) -> Option<i128> {
    let integer = value.as_integer()?;
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A number of either kind.
pub(super) fn number(value: &Spanned<DeValue<'_>>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Float(float) => float.as_str().parse().ok(),
        other => whole(other).map(|number| number as f64),
    }
}

fn one_word(words: &'static [&'static str], value: &Spanned<DeValue<'_>>) -> Result<(), Misfit> {
    match value.get_ref().as_str() {
        Some(word) if words.contains(&word) => Ok(()),
        Some(word) => Err(Misfit { span: value.span(), nearest: nearest(word, words.iter().copied()) }),
        None => Err(Misfit::at(value)),
    }
}

fn each<'v, 'i: 'v>(mut items: impl Iterator<Item = &'v Spanned<DeValue<'i>>>, holds: fn(&str) -> bool) -> Result<(), Misfit> {
    items.find(|item| !item.get_ref().as_str().is_some_and(holds)).map_or(Ok(()), |item| Err(Misfit::at(item)))
}

fn counts(items: &DeTable<'_>, most: u64) -> Result<(), Misfit> {
    let fits =
        |value: &Spanned<DeValue<'_>>| whole(value.get_ref()).is_some_and(|number| (1..=i128::from(most)).contains(&number));
    items.values().find(|value| !fits(value)).map_or(Ok(()), |value| Err(Misfit::at(value)))
}

/// Scheme, host and perhaps a port; a path would never equal what a browser sends.
pub(super) fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '*']))
}

fn levels(value: &Spanned<DeValue<'_>>, most: f64) -> Result<(), Misfit> {
    let (warning, critical) = match value.get_ref() {
        DeValue::Array(pair) if pair.len() == 2 => (&pair[0], &pair[1]),
        DeValue::Table(named) => {
            if let Some((key, _)) = named.iter().find(|(key, _)| !matches!(key.get_ref().as_ref(), "warning" | "critical")) {
                return Err(Misfit { span: key.span(), nearest: nearest(key.get_ref(), ["warning", "critical"]) });
            }
            match (named.get("warning"), named.get("critical")) {
                (Some(warning), Some(critical)) => (warning, critical),
                _ => return Err(Misfit::at(value)),
            }
        }
        _ => return Err(Misfit::at(value)),
    };
    let [low, high] = [warning, critical].map(|limit| number(limit).filter(|limit| (0.0..=most).contains(limit)).ok_or(limit));
    let (low, high) = (low.map_err(Misfit::at)?, high.map_err(Misfit::at)?);
    if low <= high { Ok(()) } else { Err(Misfit::at(value)) }
}
