//! What the mouse does: a click chooses, the wheel moves, a drag over time shows that time.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{App, Effect, Overlay};
use crate::tui::{keymap::Pane, view};

/// Rows that a turn of the wheel moves.
const WHEEL: isize = 3;
/// The shortest time that a drag chooses, in seconds.
const SHORTEST_S: u64 = 10;

/// The mouse as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Mouse {
    /// The column where a drag over time began, in this pane.
    drag: Option<(Pane, u16)>,
}

impl App {
    pub(super) fn mouse(&mut self, now: Instant, event: MouseEvent) -> Vec<Effect> {
        let (x, y) = (event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => return self.wheel(now, (x, y), -WHEEL),
            MouseEventKind::ScrollDown => return self.wheel(now, (x, y), WHEEL),
            MouseEventKind::Down(MouseButton::Left) => return self.click(now, (x, y)),
            MouseEventKind::Up(MouseButton::Left) => self.drop_at(now, x),
            _ => {}
        }
        Vec::new()
    }

    fn wheel(&mut self, now: Instant, at: (u16, u16), rows: isize) -> Vec<Effect> {
        if let Some(Overlay::Find(_)) = self.overlay {
            self.finder.selected = self.finder.selected.saturating_add_signed(rows);
        } else if let Some(sheet) = &mut self.sheet {
            sheet.offset = sheet.offset.saturating_add_signed(rows);
        } else if self.overlay.is_none() {
            self.held_until = Some(now + super::HOLD);
            if let Some((pane, _)) = view::hit(self, at) {
                self.focus = pane;
            }
            self.move_by(rows);
        }
        Vec::new()
    }

    fn click(&mut self, now: Instant, at: (u16, u16)) -> Vec<Effect> {
        self.held_until = Some(now + super::HOLD);
        if let Some(Overlay::Find(finding)) = self.overlay {
            let Some(row) = view::finder_hit(self.size, finding, at) else { return Vec::new() };
            self.finder.selected = self.finder.offset + row;
            let enter = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Enter);
            return self.finder_key(now, finding, enter);
        }
        if self.overlay.is_some() || self.sheet.is_some() || self.card().is_some() {
            return Vec::new();
        }
        let Some((pane, row)) = view::hit(self, at) else { return Vec::new() };
        let was = (self.focus, self.selected_index());
        self.focus = pane;
        if view::time_axis(self, pane).is_some_and(|axis| axis.contains(at)) {
            self.mouse.drag = Some((pane, at.0));
            return Vec::new();
        }
        let Some(row) = row else { return Vec::new() };
        self.select_row(row);
        // A second click on the same row opens it.
        if was == (self.focus, self.selected_index()) { self.open(now) } else { Vec::new() }
    }

    /// The end of a drag over time: that time is shown, and nothing else.
    fn drop_at(&mut self, now: Instant, x: u16) {
        let Some((pane, from)) = self.mouse.drag.take() else { return };
        let Some(axis) = view::time_axis(self, pane) else { return };
        let ends = [axis.time_ms(self, from.min(x)), axis.time_ms(self, from.max(x).saturating_add(1))];
        let seconds = ends[1].saturating_sub(ends[0]) / 1_000;
        if from == x || self.playback().is_some() {
            return;
        }
        self.look_at(now, ends[1]);
        self.data.rewind(seconds.max(SHORTEST_S));
        self.sort_tools();
        self.say(now, "the time that was dragged over; ` shows now, = the window of the start");
    }

    fn selected_index(&self) -> usize {
        match self.focus {
            Pane::System => 0,
            Pane::Pool => self.pool.index(),
            Pane::Tools => self.tools.index(),
            Pane::Alerts => self.alerts.index(),
            Pane::Calls => self.calls.index(),
            Pane::Clients => self.clients.index(),
            Pane::Library => self.macros.cursor.index(),
        }
    }

    /// Selects the row that stands so far below the first one shown.
    fn select_row(&mut self, row: usize) {
        let first = match self.focus {
            Pane::System => 0,
            Pane::Pool => self.pool.offset,
            Pane::Tools => self.tools.offset,
            Pane::Alerts => self.alerts.offset,
            Pane::Calls => self.calls.offset,
            Pane::Clients => self.clients.offset,
            Pane::Library => self.macros.cursor.offset,
        };
        let by = (first + row).cast_signed() - self.selected_index().cast_signed();
        self.move_by(by);
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn switch_mouse(&mut self, now: Instant) -> Vec<Effect> {
        self.options.mouse = !self.options.mouse;
        let words = if self.options.mouse { "the mouse is taken; M frees it" } else { "the mouse is free: text can be selected" };
        self.say(now, words);
        vec![Effect::Mouse(self.options.mouse)]
    }
}
