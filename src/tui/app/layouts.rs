//! Which layout is shown.

use std::time::Instant;

use super::App;
use crate::tui::{GlyphSet, glyphs::Glyphs, layouts::BUILT_IN};

impl App {
    /// How many layouts there are: those that are built in, then the user's own.
    pub(crate) fn layout_count(&self) -> usize {
        BUILT_IN.len() + self.options.layouts.len()
    }

    /// The name of the layout at this place.
    pub(crate) fn layout_name(&self, place: usize) -> String {
        match BUILT_IN.get(place) {
            Some((name, _)) => (*name).to_owned(),
            None => self.options.layouts.get(place - BUILT_IN.len()).map(|layout| layout.name.clone()).unwrap_or_default(),
        }
    }

    /// Shows the layout at this place.
    pub(super) fn lay_out(&mut self, now: Instant, place: usize) {
        self.layout = place;
        self.zoomed = false;
        self.say(now, format!("layout {}", self.layout_name(place)));
    }

    /// The layout with this name at the start; a name that does not exist is told.
    pub(super) fn start_layout(&mut self, now: Instant) {
        let wanted = self.options.layout.clone();
        if let Some(place) = (0..self.layout_count()).find(|place| self.layout_name(*place) == wanted) {
            self.layout = place;
            return;
        }
        let names: Vec<String> = (0..self.layout_count()).map(|place| self.layout_name(place)).collect();
        self.complain(now, format!("there is no layout {wanted}; have: {}", names.join(", ")));
    }

    /// Other glyphs from now on.
    pub(super) fn set_glyphs(&mut self, set: GlyphSet) {
        self.options.glyphs = set;
        self.glyphs = Glyphs::new(set, &self.theme);
    }
}
