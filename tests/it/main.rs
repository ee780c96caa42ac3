//! The integration tests: one binary, one module per subject.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

mod config;
mod console;
mod engine;
mod faults;
mod fixture;
mod floors;
mod fuzz_corpus;
mod harness;
mod house;
mod mcp;
mod sample;
mod server;
mod terminal;
