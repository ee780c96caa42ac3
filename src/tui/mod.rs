//! The console: what the server does, on a terminal, and the keys that steer it.
//!
//! It runs on a thread of its own, because a blocked terminal write (a slow SSH link) would otherwise stall tool calls. Everything
//! enters through one bounded channel as an [`Event`]; [`App::update`] decides, without any I/O, what follows as [`Effect`]s;
//! [`draw`] paints from read-only data. [`Console`] does what [`App`] decides.
//!
//! | file | what it is |
//! |---|---|
//! | `console` | the loop: wait, drain, then one draw |
//! | `terminal`, `paper`, `pace`, `input` | the terminal taken and given back; one write per frame, fewer over a slow line; keys |
//! | `event`, `keymap`, `layouts`, `options` | what comes in, what keys mean, where panes are, what was asked for |
//! | `files` | the console's own files: keys, layouts, themes; read again when they change |
//! | `app` | all screen state and what changes it |
//! | `view`, `widget` | panes, and what they are drawn with |
//! | `theme`, `glyphs` | what things look like |
//! | `picture`, `plain` | the screen as a picture; the same facts as plain lines |

mod app;
mod console;
mod event;
mod files;
mod glyphs;
mod input;
pub mod keymap;
mod layouts;
mod options;
mod pace;
mod paper;
mod picture;
mod plain;
mod terminal;
mod theme;
mod view;
mod widget;

pub use app::App;
pub use console::{Console, Handle};
pub use event::{Effect, Event, Exit, Files, Signal, TuiError};
pub use files::read as read_files;
pub use keymap::Keymap;
pub use layouts::Layout;
pub use options::{GlyphSet, Options};
pub use picture::svg;
pub use plain::Plain;
pub use terminal::restore_terminal;
pub use theme::{ColorMode, Theme, Themes, Warning, contrast_faults, import_btop};
pub use view::draw;
