//! How well a server says it is, and the numbers it gives to programs that watch it.

mod checks;
mod doors;
mod names;
mod numbers;
