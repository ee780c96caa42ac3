//! From the text of a file to settings, and the place of everything that was set.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    path::Path,
};

use serde::Deserialize;
use toml::{
    Deserializer, Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{ConfigError, Fault, Place},
    key::{self, Key},
    keys::{self, SECTIONS},
    kind::Misfit,
    nearest::nearest,
    own_tool::{self, ARGUMENT, TOOL},
    settings::Settings,
};

/// Longest piece of a file that an error repeats, in characters.
const QUOTE: usize = 60;

/// What to do where the text is not TOML; the parser's own words do not say what people forget most.
const SYNTAX: &str = "correct the TOML there: texts stand in double quotes, sections in [brackets], each key once";

/// Where the value of each key that is set stands, by section and name.
pub(super) type Places = HashMap<(&'static str, &'static str), Place>;

/// Settings of a file over the defaults, and where each key's value stands.
pub(super) struct Parsed {
    pub(super) settings: Settings,
    pub(super) places: Places,
}

impl Parsed {
    /// What holds without a file.
    pub(super) fn nothing() -> Self {
        Self { settings: Settings::default(), places: HashMap::new() }
    }
}

/// Reads `text`, which stands in `path`.
///
/// # Errors
/// [`ConfigError::Values`] with everything that is wrong in it: keys that nobody knows, values that their key cannot hold.
pub(super) fn parse(path: &Path, text: &str) -> Result<Parsed, ConfigError> {
    let unreadable = |error: &toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start);
        let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        let place = Place::in_file(path, text, offset);
        ConfigError::Values(vec![Fault { place, key: None, what, remedy: SYNTAX.to_owned() }])
    };
    let table = DeTable::parse(text).map_err(|error| unreadable(&error))?;
    let mut walk = Walk { path, text, faults: Vec::new(), places: HashMap::new(), tools: Vec::new() };
    walk.section("", table.get_ref());
    if !walk.faults.is_empty() {
        walk.faults.sort_by_key(|(offset, _)| *offset);
        return Err(ConfigError::Values(walk.faults.into_iter().map(|(_, fault)| fault).collect()));
    }
    let (places, tools) = (walk.places, walk.tools);
    let settings = Settings::deserialize(Deserializer::from(table)).map_err(|error| unreadable(&error))?;
    let mut names = BTreeSet::new();
    let faults = settings.tool.iter().zip(tools).filter_map(|(own, offset)| {
        let (what, remedy) = own_tool::fault(own, &mut names)?;
        Some(Fault { place: Place::in_file(path, text, offset), key: Some(TOOL.to_owned()), what, remedy })
    });
    let faults: Vec<Fault> = faults.collect();
    if faults.is_empty() { Ok(Parsed { settings, places }) } else { Err(ConfigError::Values(faults)) }
}

/// One pass over the tables of a file, against the table of keys.
struct Walk<'t> {
    path: &'t Path,
    text: &'t str,
    /// Each with its offset, to be told in the file's order: the parser keeps tables sorted by key.
    faults: Vec<(usize, Fault)>,
    places: Places,
    /// Where each `[[tool]]` stands.
    tools: Vec<usize>,
}

impl Walk<'_> {
    /// The keys of a section, and the sections within it; the top of the file is the section without a name.
    fn section(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let path = key::path(section, name.get_ref());
            let is_section = SECTIONS.iter().any(|(known, _)| *known == path);
            match value.get_ref().as_table() {
                Some(inner) if is_section => self.section(&path, inner),
                None if path == TOOL && value.get_ref().is_array() => self.own_tools(value),
                _ if is_section => {
                    let what = format!("is {}", self.quote(value.span()));
                    let remedy = format!("write [{path}] on a line of its own and its keys below it");
                    self.fault(value.span(), Some(path), what, remedy);
                }
                _ => self.entry(section, name, value),
            }
        }
    }

    /// Each table of `[[tool]]`, with the tables of its arguments.
    fn own_tools(&mut self, tools: &Spanned<DeValue<'_>>) {
        for tool in tools.get_ref().as_array().into_iter().flatten() {
            self.tools.push(tool.span().start);
            let Some(table) = tool.get_ref().as_table() else {
                let what = format!("holds {}", self.quote(tool.span()));
                self.fault(tool.span(), Some(TOOL.to_owned()), what, "write [[tool]] and its keys below it".to_owned());
                continue;
            };
            for (name, value) in table {
                match value.get_ref().as_table() {
                    Some(arguments) if name.get_ref() == "arguments" => self.arguments(arguments),
                    _ => self.entry(TOOL, name, value),
                }
            }
            for wanted in ["name", "description", "command"].into_iter().filter(|wanted| !table.contains_key(*wanted)) {
                let what = format!("has no {wanted}");
                self.fault(tool.span(), Some(TOOL.to_owned()), what, format!("add {wanted} = …"));
            }
        }
    }

    fn arguments(&mut self, arguments: &DeTable<'_>) {
        for (name, value) in arguments {
            let Some(table) = value.get_ref().as_table() else {
                let remedy = format!("write [{ARGUMENT}.{}] and its keys below it", name.get_ref());
                self.fault(value.span(), Some(ARGUMENT.to_owned()), format!("holds {}", self.quote(value.span())), remedy);
                continue;
            };
            table.iter().for_each(|(key, value)| self.entry(ARGUMENT, key, value));
            if !table.contains_key("type") {
                let key = format!("{ARGUMENT}.{}", name.get_ref());
                self.fault(value.span(), Some(key), "has no type".to_owned(), "add type = \"string\", or another".to_owned());
            }
        }
    }

    fn entry(&mut self, section: &str, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let Some(key) = keys::find(section, name.get_ref()) else {
            let remedy = unknown(section, name.get_ref());
            self.fault(name.span(), Some(key::path(section, name.get_ref())), "is not a key of kmtop".to_owned(), remedy);
            return;
        };
        match key.kind.check(value) {
            Ok(()) => {
                self.places.insert((key.section, key.name), Place::in_file(self.path, self.text, value.span().start));
            }
            Err(misfit) => self.misfit(key, value.span(), misfit),
        }
    }

    fn misfit(&mut self, key: &Key, whole: Range<usize>, misfit: Misfit) {
        let verb = if misfit.span == whole { "is" } else { "holds" };
        let what = format!("{verb} {}", self.quote(misfit.span.clone()));
        let hint = misfit.nearest.map(|word| format!("did you mean \"{word}\"? ")).unwrap_or_default();
        self.fault(misfit.span, Some(key.path()), what, format!("{hint}write {}", key.kind.wanted()));
    }

    fn fault(&mut self, span: Range<usize>, key: Option<String>, what: String, remedy: String) {
        let place = Place::in_file(self.path, self.text, span.start);
        self.faults.push((span.start, Fault { place, key, what, remedy }));
    }

    /// A piece of the file on one line, shortened, with nothing in it that a terminal would obey.
    fn quote(&self, span: Range<usize>) -> String {
        let piece = self.text.get(span).unwrap_or_default();
        let one_line = piece.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut shown: String = one_line.chars().filter(|character| !character.is_control()).take(QUOTE).collect();
        if one_line.chars().count() > QUOTE {
            shown.push('…');
        }
        shown
    }
}

/// What to do about a key that nobody knows: the nearest in its section, else the nearest anywhere.
fn unknown(section: &str, name: &str) -> String {
    let below = |(known, _): &(&'static str, &str)| {
        let inner = if section.is_empty() { Some(*known) } else { known.strip_prefix(section)?.strip_prefix('.') };
        inner.filter(|inner| !inner.is_empty() && !inner.contains('.'))
    };
    let sections = SECTIONS.iter().filter_map(below);
    let here = keys::every().filter(|key| key.section == section).map(|key| key.name);
    let near = nearest(name, here.chain(sections)).map(|name| key::path(section, name));
    let elsewhere = || {
        nearest(name, keys::every().map(|key| key.name))
            .and_then(|near| keys::every().find(|key| key.name == near))
            .map(Key::path)
    };
    match near.or_else(elsewhere) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "take it out; config.example.toml lists every key".to_owned(),
    }
}
