//! What panes are drawn with: a canvas that never draws outside itself, text cut to width, graphs, frames.

use crate::util::numbers::small;

mod canvas;
mod frame;
mod graph;
mod plot;
mod text;

pub(crate) use canvas::{Canvas, Piece, piece};
pub(crate) use frame::frame;
pub(crate) use graph::{Samples, Scale, braille, meter, sparkline};
pub(crate) use plot::Plot;
pub(crate) use text::{cut, left, right};
