//! The console: what the server does, on a terminal, and the keys that steer it.
//!
//! It runs on a thread of its own, because a blocked terminal write (a slow SSH link) would otherwise stall tool calls. Everything
//! enters through one bounded channel as an [`Event`]; [`App::update`] decides, without any I/O, what follows as [`Effect`]s;
//! [`draw`] paints from read-only data. [`Console`] does what [`App`] decides.
//!
//! | file | what it is |
//! |---|---|
//! | `console` | the loop: wait, drain, then one draw |
//! | `terminal`, `paper`, `input` | the terminal taken and given back; one write per frame; keys |
//! | `event`, `keymap`, `options` | what comes in, what keys mean, what was asked for |
//! | `app` | all screen state and what changes it |
//! | `view`, `widget` | panes, and what they are drawn with |
//! | `theme`, `glyphs` | what things look like |

mod app;
mod console;
mod event;
mod glyphs;
mod input;
pub mod keymap;
mod options;
mod paper;
mod terminal;
mod theme;
mod view;
mod widget;

pub use app::App;
pub use console::{Console, Handle};
pub use event::{Effect, Event, Exit, Signal, TuiError};
pub use options::{GlyphSet, Options};
pub use terminal::restore_terminal;
pub use theme::{ColorMode, Theme, Themes, Warning};
pub use view::draw;
