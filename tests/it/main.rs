//! The integration tests: one binary, one module per subject.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

mod config;
mod engine;
