//! The one integration binary.

mod config;
mod floors;
mod house;
mod sample;
