//! The integration tests: one binary, one module per subject.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

mod config;
mod console;
mod engine;
mod fixture;
mod floors;
mod house;
mod sample;
