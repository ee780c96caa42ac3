//! Reading themes: built in, or from a folder whose files go before the built-in ones.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
};

use ratatui::style::{Color, Modifier, Style};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{ColorMode, Gradient, Theme, built_in::BUILT_IN, color};

/// Longest chain of themes that inherit from each other; a longer one is a circle.
const DEEPEST: usize = 8;

/// Glyphs that a theme may choose.
const GLYPHS: [&str; 4] = ["ok", "info", "warn", "crit"];

/// Something in a theme that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The theme's name or its file.
    pub place: String,
    /// The line, from 1; 0 when it is about the whole.
    pub line: usize,
    /// What is not so.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "theme {}:{}: {}", self.place, self.line, self.text)
    }
}

/// Where themes come from, and for how many colours.
#[derive(Debug, Clone, Default)]
pub struct Themes {
    folder: Option<PathBuf>,
    mode: ColorMode,
}

impl Themes {
    /// Themes of this folder and the built-in ones, for a terminal of so many colours (`Auto` counts as 16).
    #[must_use]
    pub fn new(folder: Option<PathBuf>, mode: ColorMode) -> Self {
        Self { folder, mode }
    }

    /// Every theme's name: the built-in ones, then the folder's.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let mut own: Vec<String> = files.into_iter().flatten().flatten().filter_map(|file| theme_name(&file.path())).collect();
        own.sort();
        own.retain(|name| !names.contains(name));
        names.append(&mut own);
        names
    }

    /// The theme with this name, and what in it was not understood. Without colours it is always `mono`.
    #[must_use]
    pub fn load(&self, name: &str) -> (Theme, Vec<Warning>) {
        let mut builder = Builder { mode: self.mode, ..Builder::default() };
        let name = if self.mode == ColorMode::Mono { "mono" } else { name };
        if !self.apply(name, &mut builder, 0) && name != BUILT_IN[0].0 {
            self.apply(BUILT_IN[0].0, &mut builder, 0);
        }
        (builder.theme, builder.warnings)
    }

    /// Applies the named theme over what the builder has, its ancestors first. Says whether there is such a theme.
    fn apply(&self, name: &str, builder: &mut Builder, depth: usize) -> bool {
        let Some((place, text)) = self.text(name) else {
            builder.warn(name, 0, format!("there is no such theme; have: {}", self.names().join(", ")));
            return false;
        };
        let document = match DeTable::parse(&text) {
            Ok(document) => document,
            Err(error) => {
                let line = error.span().map_or(0, |span| line_of(&text, span.start));
                builder.warn(&place, line, error.message().to_owned());
                return false;
            }
        };
        let parent = document.get_ref().get("inherits").and_then(|value| value.get_ref().as_str());
        match parent {
            Some(_) if depth >= DEEPEST => builder.warn(&place, 0, "themes inherit in a circle".to_owned()),
            Some(parent) => _ = self.apply(parent, builder, depth + 1),
            // A file of a few keys stands on the default.
            None if name != BUILT_IN[0].0 && name != "mono" => _ = self.apply(BUILT_IN[0].0, builder, depth + 1),
            None => {}
        }
        builder.place.clone_from(&place);
        builder.document(document.get_ref(), &text);
        name.clone_into(&mut builder.theme.name);
        true
    }

    fn text(&self, name: &str) -> Option<(String, String)> {
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
        let path = self.folder.as_ref().filter(|_| plain).map(|folder| folder.join(format!("{name}.toml")));
        if let Some((path, text)) = path.and_then(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text))) {
            return Some((path.display().to_string(), text));
        }
        BUILT_IN.iter().find(|(built_in, _)| *built_in == name).map(|(_, text)| (name.to_owned(), (*text).to_owned()))
    }
}

fn theme_name(path: &Path) -> Option<String> {
    let is_theme = path.extension().is_some_and(|extension| extension == "toml");
    path.file_stem().filter(|_| is_theme).and_then(|stem| stem.to_str()).map(str::to_owned)
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// A theme in the making.
#[derive(Default)]
struct Builder {
    theme: Theme,
    palette: HashMap<String, Color>,
    warnings: Vec<Warning>,
    mode: ColorMode,
    place: String,
}

impl Builder {
    fn warn(&mut self, place: &str, line: usize, text: String) {
        self.warnings.push(Warning { place: place.to_owned(), line, text });
    }

    fn document(&mut self, document: &DeTable<'_>, text: &str) {
        if let Some(palette) = document.get("palette").and_then(|value| value.get_ref().as_table()) {
            self.palette(palette, text);
        }
        for (key, value) in document {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("appearance", DeValue::String(text)) if matches!(text.as_ref(), "dark" | "light") => {
                    self.theme.light = text.as_ref() == "light";
                }
                ("name" | "inherits", DeValue::String(_)) | ("palette", DeValue::Table(_)) => {}
                (section @ ("ui" | "status" | "worker" | "graph" | "glyphs"), DeValue::Table(table)) => {
                    self.section(section, table, text);
                }
                (other, _) => {
                    let (line, place) = (line_of(text, key.span().start), self.place.clone());
                    self.warn(&place, line, format!("unknown key `{other}`"));
                }
            }
        }
    }

    fn palette(&mut self, palette: &DeTable<'_>, text: &str) {
        for (key, value) in palette {
            match value.get_ref().as_str().and_then(color::parse) {
                Some(color) => _ = self.palette.insert(key.get_ref().to_string(), color),
                None => self.warn(&self.place.clone(), line_of(text, value.span().start), "not a colour".to_owned()),
            }
        }
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>, text: &str) {
        for (key, value) in table {
            let line = line_of(text, key.span().start);
            if let Err(problem) = self.entry(section, key.get_ref(), value) {
                self.warn(&self.place.clone(), line, format!("[{section}] {key}: {problem}", key = key.get_ref()));
            }
        }
    }

    fn entry(&mut self, section: &str, key: &str, value: &Spanned<DeValue<'_>>) -> Result<(), String> {
        const UNKNOWN: &str = "unknown key";
        match section {
            "glyphs" => return self.glyph(key, value.get_ref()),
            "graph" => {
                let gradient = self.gradient(value.get_ref())?;
                *self.theme.graph.place(key).ok_or(UNKNOWN)? = gradient;
                return Ok(());
            }
            _ => {}
        }
        let mut style = self.style(value.get_ref())?;
        if section == "status" && self.mode == ColorMode::Sixteen {
            style = fixed_status(key, style);
        }
        let place = match section {
            "ui" => self.theme.ui.place(key),
            "status" => self.theme.status.place(key),
            _ => self.theme.worker.place(key),
        };
        *place.ok_or(UNKNOWN)? = style;
        // A background is a background, however it is written.
        if let (true, Some(color)) = (section == "ui" && key == "background", style.fg) {
            self.theme.ui.background = Style::new().bg(color);
        }
        Ok(())
    }

    fn glyph(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), String> {
        let known = GLYPHS.iter().find(|glyph| **glyph == key).ok_or("unknown key")?;
        let glyph = value.as_str().filter(|glyph| unicode_width::UnicodeWidthStr::width(*glyph) == 1);
        let glyph = glyph.ok_or("not one glyph of one column")?.to_owned();
        self.theme.glyphs.retain(|(key, _)| key != known);
        self.theme.glyphs.push((known, glyph));
        Ok(())
    }

    fn gradient(&self, value: &DeValue<'_>) -> Result<Gradient, String> {
        let one = |value: &DeValue<'_>| self.color(value);
        let stops = match value {
            DeValue::Array(stops) => stops.iter().map(|stop| one(stop.get_ref())).collect::<Result<Vec<_>, _>>()?,
            other => vec![one(other)?],
        };
        if (1..=3).contains(&stops.len()) { Ok(Gradient(stops)) } else { Err("one to three colours".to_owned()) }
    }

    fn style(&self, value: &DeValue<'_>) -> Result<Style, String> {
        let DeValue::Table(table) = value else { return Ok(Style::new().fg(self.color(value)?)) };
        let mut style = Style::new();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("fg", value) => style = style.fg(self.color(value)?),
                ("bg", value) => style = style.bg(self.color(value)?),
                ("mods", DeValue::Array(mods)) => {
                    for modifier in mods {
                        style = style.add_modifier(modifier_of(modifier.get_ref())?);
                    }
                }
                (other, _) => return Err(format!("unknown key `{other}`")),
            }
        }
        Ok(style)
    }

    fn color(&self, value: &DeValue<'_>) -> Result<Color, String> {
        let text = match value {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(number) => number.as_str(),
            _ => return Err("not a colour".to_owned()),
        };
        let color = self.palette.get(text).copied().or_else(|| color::parse(text));
        color.map(|color| color::degrade(color, self.mode)).ok_or_else(|| format!("`{text}` is not a colour"))
    }
}

/// In 16 colours the status colours are what everybody expects, whatever their RGB is nearest to.
fn fixed_status(key: &str, style: Style) -> Style {
    match key {
        "ok" => style.fg(Color::Green),
        "warn" => style.fg(Color::Yellow),
        "crit" => style.fg(Color::Red),
        _ => style,
    }
}

fn modifier_of(value: &DeValue<'_>) -> Result<Modifier, String> {
    match value.as_str() {
        Some("bold") => Ok(Modifier::BOLD),
        Some("dim") => Ok(Modifier::DIM),
        Some("italic") => Ok(Modifier::ITALIC),
        Some("underline") => Ok(Modifier::UNDERLINED),
        Some("reverse") => Ok(Modifier::REVERSED),
        _ => Err("mods are bold, dim, italic, underline, reverse".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    #[test]
    fn every_built_in_theme_loads_without_a_warning() {
        for (name, _) in BUILT_IN {
            for mode in [ColorMode::Truecolor, ColorMode::Indexed, ColorMode::Sixteen, ColorMode::Mono] {
                let (theme, warnings) = Themes::new(None, mode).load(name);
                assert_eq!(warnings, [], "{name}");
                assert_ne!(theme.ui.border_focus, Style::default(), "{name}");
            }
        }
    }

    #[test]
    fn a_file_overrides_a_few_keys_and_what_is_wrong_is_told_with_its_line() {
        let text = "inherits = \"nord\"\nshine = 1\n[palette]\nmine = \"#010203\"\n[ui]\nkey = \"mine\"\ntext = \"puce\"\nglow = \"red\"\n";
        let folder = folder(&[("own.toml", text), ("circle.toml", "inherits = \"circle\"")]);
        let themes = Themes::new(Some(folder.path().to_owned()), ColorMode::Truecolor);
        let (theme, warnings) = themes.load("own");
        assert_eq!(theme.ui.key, Style::new().fg(Color::Rgb(1, 2, 3)));
        let nord = themes.load("nord").0;
        assert_eq!((theme.ui.text, &theme.graph), (nord.ui.text, &nord.graph), "a bad colour falls back");
        let lines: Vec<usize> = warnings.iter().map(|warning| warning.line).collect();
        assert_eq!(lines.len(), 3);
        assert!([2, 7, 8].iter().all(|line| lines.contains(line)), "{warnings:?}");
        assert_eq!(themes.load("circle").1.len(), 1);
        assert_eq!(themes.names()[BUILT_IN.len()..], ["circle", "own"]);
    }

    #[test]
    fn a_missing_or_broken_theme_is_the_default_with_a_warning() {
        let folder = folder(&[("broken.toml", "[ui\n")]);
        let themes = Themes::new(Some(folder.path().to_owned()), ColorMode::Sixteen);
        for name in ["nowhere", "../escape", "broken"] {
            let (theme, warnings) = themes.load(name);
            assert_eq!((theme.name.as_str(), warnings.len()), ("terminal", 1), "{name}");
        }
    }

    #[test]
    fn without_colours_it_is_mono() {
        let (theme, _) = Themes::new(None, ColorMode::Mono).load("nord");
        assert_eq!(theme.name, "mono");
        assert_eq!(theme.ui.background, Style::new().bg(Color::Reset));
    }
}
