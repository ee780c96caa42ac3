//! Recordings of what a server says to its screens, and their replay.
//!
//! A recording is the Intervals of a link, written as they come by a [`Recorder`] beside it. [`replay`] makes a link of a
//! recording, or of a home's history, whose screen cannot tell it from a live one but for the word that it is told.
//!
//! | file | what it is |
//! |---|---|
//! | `format`, `scan` | the bytes; every whole block, whatever lies between |
//! | `writer`, `tap` | writing, and the thread beside a link that does it |
//! | `source`, `reader`, `stored` | what can be replayed: recordings, and history |
//! | `replay` | the player: speed, steps, jumps |

mod error;
mod format;
mod reader;
mod replay;
mod scan;
mod source;
mod stored;
mod tap;
mod writer;

#[cfg(test)]
mod tests;

pub use error::RecordError;
pub use reader::Recording;
pub use replay::{Begin, replay};
pub use source::Source;
pub use stored::Stored;
pub use tap::{Place, Recorder, tap};
pub use writer::Writer;
