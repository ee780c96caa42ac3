//! The one integration binary.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

mod config;
mod floors;
mod house;
mod sample;
