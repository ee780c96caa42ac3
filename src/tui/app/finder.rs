//! Lists that are searched by typing: the help, the palette, the themes.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{App, Effect, Overlay};
use crate::tui::{GlyphSet, keymap::BINDINGS, view};

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Every key and what it does.
    Help,
    /// Every command, by its words.
    Palette,
    /// The themes, each shown as it is gone over.
    Themes,
}

/// What a line of such a list does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What stands at this place of the table of keys.
    Action(usize),
    Theme(String),
    /// The layout at this place.
    Layout(usize),
    Glyphs(GlyphSet),
}

/// One line of such a list.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) choice: Choice,
    /// Its keys.
    pub(crate) keys: String,
    pub(crate) text: String,
    /// Whether it changes the server, which this console may not.
    pub(crate) off: bool,
}

/// Where such a list stands.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    pub(crate) selected: usize,
    pub(crate) offset: usize,
    /// The theme from before the list of themes was opened.
    before: Option<String>,
}

impl App {
    /// Opens such a list.
    pub(super) fn find(&mut self, finding: Finding) {
        self.typed.clear();
        let theme = self.theme.name.clone();
        let selected = if finding == Finding::Themes { self.themes.iter().position(|name| *name == theme) } else { None };
        self.finder = Finder { selected: selected.unwrap_or_default(), offset: 0, before: Some(theme) };
        self.overlay = Some(Overlay::Find(finding));
    }

    /// The lines that have every typed word. In the palette those whose name begins with them come first.
    pub(crate) fn found(&self, finding: Finding) -> Vec<Found> {
        let typed = self.typed.to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let mut lines = match finding {
            Finding::Themes => self.theme_lines(""),
            Finding::Help => self.action_lines().collect(),
            Finding::Palette => self.palette_lines(),
        };
        lines.retain(|line| {
            let text = format!("{} {} {}", self.choice_name(&line.choice), line.keys, line.text).to_lowercase();
            words.iter().all(|word| text.contains(word))
        });
        if finding == Finding::Palette && !typed.is_empty() {
            lines.sort_by_key(|line| !self.choice_name(&line.choice).starts_with(typed.trim()));
        }
        lines
    }

    fn choice_name(&self, choice: &Choice) -> String {
        match choice {
            Choice::Action(place) => BINDINGS[*place].name.replace('-', " "),
            Choice::Theme(name) => format!("theme {name}"),
            Choice::Layout(place) => format!("layout {}", self.layout_name(*place)),
            Choice::Glyphs(GlyphSet::Unicode) => "glyphs unicode".to_owned(),
            Choice::Glyphs(GlyphSet::Ascii) => "glyphs ascii".to_owned(),
        }
    }

    fn action_lines(&self) -> impl Iterator<Item = Found> {
        BINDINGS.iter().enumerate().map(|(place, binding)| Found {
            choice: Choice::Action(place),
            keys: self.keymap.names(place),
            text: binding.help.to_owned(),
            off: binding.mutating && self.options.read_only,
        })
    }

    fn theme_lines(&self, prefix: &str) -> Vec<Found> {
        let line = |name: &String| Found {
            choice: Choice::Theme(name.clone()),
            keys: String::new(),
            text: format!("{prefix}{name}"),
            off: false,
        };
        self.themes.iter().map(line).collect()
    }

    fn palette_lines(&self) -> Vec<Found> {
        let mut lines: Vec<Found> = self.action_lines().collect();
        for line in &mut lines {
            line.text = format!("{}: {}", self.choice_name(&line.choice), line.text);
        }
        lines.extend(self.theme_lines("theme "));
        let plain = |choice: Choice| Found { keys: String::new(), text: self.choice_name(&choice), choice, off: false };
        lines.extend((0..self.layout_count()).map(Choice::Layout).map(plain));
        lines.extend([GlyphSet::Unicode, GlyphSet::Ascii].map(Choice::Glyphs).map(plain));
        lines
    }

    pub(super) fn finder_key(&mut self, now: Instant, finding: Finding, key: KeyEvent) -> Vec<Effect> {
        let page = view::finder_rows(self.size, finding).max(1);
        let last = self.found(finding).len().saturating_sub(1);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let at = self.finder.selected;
        let moved = match key.code {
            KeyCode::Esc => return self.close_finder(),
            KeyCode::F(1) if finding == Finding::Help => return self.close_finder(),
            KeyCode::Enter => return self.choose(now, finding),
            KeyCode::Up | KeyCode::BackTab => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => at + 1,
            KeyCode::PageUp => at.saturating_sub(page),
            KeyCode::PageDown => at + page,
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Char('p') if control => at.saturating_sub(1),
            KeyCode::Char('n') if control => at + 1,
            KeyCode::Char('u') if control => {
                self.typed.clear();
                0
            }
            KeyCode::Backspace => {
                self.typed.pop();
                0
            }
            KeyCode::Char(letter) if !control && self.typed.len() < super::TYPED => {
                self.typed.push(letter);
                0
            }
            _ => return Vec::new(),
        };
        self.finder.selected = moved.min(self.found(finding).len().saturating_sub(1));
        if finding == Finding::Themes { self.preview() } else { Vec::new() }
    }

    /// Shows the theme that is gone over.
    fn preview(&self) -> Vec<Effect> {
        match self.found(Finding::Themes).get(self.finder.selected).map(|line| &line.choice) {
            Some(Choice::Theme(name)) if *name != self.theme.name => vec![Effect::LoadTheme(name.clone())],
            _ => Vec::new(),
        }
    }

    fn close_finder(&mut self) -> Vec<Effect> {
        let themes = self.overlay == Some(Overlay::Find(Finding::Themes));
        self.overlay = None;
        self.typed.clear();
        let before = self.finder.before.take().filter(|name| themes && *name != self.theme.name);
        before.map(Effect::LoadTheme).into_iter().collect()
    }

    /// Does what the selected line says.
    fn choose(&mut self, now: Instant, finding: Finding) -> Vec<Effect> {
        let chosen = self.found(finding).get(self.finder.selected).map(|line| line.choice.clone());
        self.overlay = None;
        self.typed.clear();
        match chosen {
            Some(Choice::Action(place)) => self.perform(now, &BINDINGS[place]),
            Some(Choice::Theme(name)) => {
                self.say(now, format!("theme {name}; [console] theme = \"{name}\" keeps it"));
                if name == self.theme.name { Vec::new() } else { vec![Effect::LoadTheme(name)] }
            }
            Some(Choice::Layout(place)) => {
                self.lay_out(now, place);
                Vec::new()
            }
            Some(Choice::Glyphs(set)) => {
                self.set_glyphs(set);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Keeps the selected line in sight.
    pub(super) fn settle_finder(&mut self) {
        let Some(Overlay::Find(finding)) = self.overlay else { return };
        let (rows, count) = (view::finder_rows(self.size, finding).max(1), self.found(finding).len());
        let finder = &mut self.finder;
        finder.selected = finder.selected.min(count.saturating_sub(1));
        finder.offset = finder.offset.clamp((finder.selected + 1).saturating_sub(rows), finder.selected);
        finder.offset = finder.offset.min(count.saturating_sub(rows));
    }
}
