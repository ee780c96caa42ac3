//! The integration tests: one binary, one module per subject.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

mod access;
mod action_table;
mod bad_files;
mod bench;
mod config;
mod console;
mod documents;
mod engine;
mod faults;
mod fixture;
mod floors;
mod fuzz_corpus;
mod harness;
mod health;
mod history;
mod house;
mod install;
mod mac;
mod macros_command;
mod mcp;
mod pictures;
mod reports;
mod sample;
mod server;
mod simulate;
mod steering;
mod terminal;
