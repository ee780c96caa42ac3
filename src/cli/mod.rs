//! The command line: what was asked for, and plain answers on stdout.

mod arguments;
mod print;

pub use arguments::{Arguments, Command};
pub use print::{frame_json, frame_text, line, value};
