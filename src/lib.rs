//! kmtop: the fastest MCP server for Keyboard Maestro, and the terminal console to watch and steer it.
//!
//! The modules stand on floors (see `docs/architecture.md`): each may name modules on lower floors only, and
//! `tests/it/floors.rs` holds that. From the bottom:
//!
//! | floor | modules |
//! |---|---|
//! | 0 | [`model`] plain data that everybody speaks, [`util`] clock, units, text |
//! | 1 | [`config`], [`link`], [`metrics`], [`macros`], [`page`] |
//! | 2 | [`access`], [`backend`], [`sample`], [`analysis`], [`regression`], [`sizing`], [`files`], [`library`], [`history`], [`client`], [`install`] |
//! | 3 | [`pool`], [`optimizer`], [`contracts`] |
//! | 4 | [`hub`] |
//! | 5 | [`tools`], [`telemetry`] |
//! | 6 | [`mcp`], [`control`], [`export`], [`record`], [`mod@bench`], [`report`], [`tui`], [`cli`] |
//! | 7 | [`app`] |

pub mod access;
pub mod analysis;
pub mod app;
pub mod backend;
pub mod bench;
pub mod cli;
pub mod client;
pub mod config;
pub mod contracts;
pub mod control;
pub mod export;
pub mod files;
pub mod history;
pub mod hub;
pub mod install;
pub mod library;
pub mod link;
pub mod macros;
pub mod mcp;
pub mod metrics;
pub mod model;
pub mod optimizer;
pub mod page;
pub mod pool;
pub mod record;
pub mod regression;
pub mod report;
pub mod sample;
pub mod sizing;
pub mod telemetry;
pub mod tools;
pub mod tui;
pub mod util;
