//! What is known of a key: where it stands, what it may hold, and what it does.

use toml::{Spanned, de::DeValue};

use super::kind::{Kind, is_origin};

/// One key of the file.
#[derive(Debug)]
pub(super) struct Key {
    /// Its section; empty for the top of the file.
    pub(super) section: &'static str,
    /// Its name in the section.
    pub(super) name: &'static str,
    /// What it may hold.
    pub(super) kind: Kind,
    /// What it does.
    pub(super) about: &'static str,
}

impl Key {
    /// The key with its section.
    pub(super) fn path(&self) -> String {
        path(self.section, self.name)
    }
}

/// A key with its section.
pub(super) fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

pub(super) const fn key(section: &'static str, name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { section, name, kind, about }
}

/// A number of things, at least one.
pub(super) const fn count(most: u64, unit: &'static str) -> Kind {
    Kind::Whole { least: 1, most, unit }
}

/// A value with parts of its own.
pub(super) const fn shape(fits: fn(&Spanned<DeValue<'_>>) -> bool, wanted: &'static str) -> Kind {
    Kind::Shape { fits, wanted }
}

pub(super) fn is_text(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_str()
}

pub(super) fn is_origin_value(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_str().is_some_and(is_origin)
}

/// A number of things, or 0.
pub(super) const fn or_never(most: u64, unit: &'static str) -> Kind {
    Kind::Whole { least: 0, most, unit }
}

/// 1 ms to 1 h.
pub(super) const SPAN: Kind = count(3_600_000, "ms");
pub(super) const WORKERS: Kind = count(512, "workers");
pub(super) const PERCENT: Kind = Kind::Levels { most: 100, unit: "percent" };
pub(super) const SPAN_LEVELS: Kind = Kind::Levels { most: 3_600_000, unit: "ms" };
