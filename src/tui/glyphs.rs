//! The glyphs that a terminal is asked to show: two sets, of which a theme may change the marks.

use crate::model::{Severity, WorkerState};

use super::{GlyphSet, Theme};

/// The glyphs in use. All are one column wide.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyphs {
    pub(crate) ok: String,
    pub(crate) info: String,
    pub(crate) warn: String,
    pub(crate) crit: String,
    /// Before the selected row.
    pub(crate) cursor: &'static str,
    /// A number that cannot be known from so few calls.
    pub(crate) unknown: &'static str,
    /// Sorted from high to low, and from low to high.
    pub(crate) descending: &'static str,
    pub(crate) ascending: &'static str,
    pub(crate) received: &'static str,
    pub(crate) sent: &'static str,
    /// Between the header's parts.
    pub(crate) divider: &'static str,
    pub(crate) rule: &'static str,
    /// A meter's filled and empty part.
    pub(crate) full: &'static str,
    pub(crate) rest: &'static str,
    /// A bar's filled and empty part.
    pub(crate) bar: &'static str,
    pub(crate) track: &'static str,
    /// Nine levels of a sparkline, from nothing to full.
    pub(crate) levels: [&'static str; 9],
    /// Where text was cut.
    pub(crate) ellipsis: &'static str,
    /// Corners from top left clockwise, then horizontal and vertical.
    pub(crate) frame: [&'static str; 6],
    pub(crate) frame_focus: [&'static str; 6],
    pub(crate) set: GlyphSet,
}

impl Glyphs {
    /// The glyphs of this set, with the marks that the theme chooses; ASCII keeps its own.
    pub(crate) fn new(set: GlyphSet, theme: &Theme) -> Self {
        let mut glyphs = match set {
            GlyphSet::Unicode => Self::unicode(),
            GlyphSet::Ascii => return Self::ascii(),
        };
        for (key, glyph) in &theme.glyphs {
            match *key {
                "ok" => glyphs.ok.clone_from(glyph),
                "info" => glyphs.info.clone_from(glyph),
                "warn" => glyphs.warn.clone_from(glyph),
                _ => glyphs.crit.clone_from(glyph),
            }
        }
        glyphs
    }

    fn unicode() -> Self {
        Self {
            ok: "●".into(),
            info: "i".into(),
            warn: "▲".into(),
            crit: "✖".into(),
            cursor: "›",
            unknown: "–",
            descending: "▾",
            ascending: "▴",
            received: "↓",
            sent: "↑",
            divider: "│",
            rule: "─",
            full: "■",
            rest: "·",
            bar: "█",
            track: "░",
            levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
            ellipsis: "…",
            frame: ["╭", "╮", "╯", "╰", "─", "│"],
            frame_focus: ["┏", "┓", "┛", "┗", "━", "┃"],
            set: GlyphSet::Unicode,
        }
    }

    fn ascii() -> Self {
        Self {
            ok: "o".into(),
            info: "i".into(),
            warn: "!".into(),
            crit: "X".into(),
            cursor: ">",
            unknown: "-",
            descending: "v",
            ascending: "^",
            received: "v",
            sent: "^",
            divider: "|",
            rule: "-",
            full: "#",
            rest: ".",
            bar: "#",
            track: ".",
            levels: [" ", "_", "_", ".", ".", "-", "-", "=", "#"],
            ellipsis: "~",
            frame: ["+", "+", "+", "+", "-", "|"],
            frame_focus: ["#", "#", "#", "#", "=", "#"],
            set: GlyphSet::Ascii,
        }
    }

    /// The mark of a severity.
    pub(crate) fn severity(&self, severity: Severity) -> &str {
        match severity {
            Severity::Info => &self.info,
            Severity::Warning => &self.warn,
            Severity::Critical => &self.crit,
        }
    }

    /// The mark of a worker's state.
    pub(crate) fn worker(&self, state: WorkerState) -> &str {
        if self.set == GlyphSet::Ascii {
            return match state {
                WorkerState::Busy | WorkerState::Draining => ">",
                WorkerState::Idle => ".",
                WorkerState::Starting | WorkerState::Warming => "~",
                WorkerState::Stuck | WorkerState::Killing => "X",
                WorkerState::Backoff => "-",
            };
        }
        match state {
            WorkerState::Busy => "▶",
            WorkerState::Draining => "▷",
            WorkerState::Idle => "·",
            WorkerState::Starting | WorkerState::Warming => "~",
            WorkerState::Stuck | WorkerState::Killing => &self.crit,
            WorkerState::Backoff => "○",
        }
    }
}
