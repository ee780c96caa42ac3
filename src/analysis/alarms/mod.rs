//! Every rule on a pretended server: how often it is wrong while nothing is, and how long it takes to be right.

mod pretended;
mod quiet;
mod troubled;
