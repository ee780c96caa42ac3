//! `kmtop once`: one snapshot on stdout.

use std::process::ExitCode;

use super::{Failure, Setup, block_on};
use crate::{
    cli,
    control::{self, ControlError},
    metrics::system_only,
    model::{Frame, ServerInfo},
    sample,
    util::clock::unix_ms,
};

/// Of the running server, or without one of the machine alone: that starts no worker and opens no port.
pub(super) fn run(setup: &Setup, json: bool) -> Result<ExitCode, Failure> {
    let frame = block_on(async {
        match control::frame(&setup.home.socket()).await {
            Ok(frame) => Ok(frame),
            Err(ControlError::Absent { .. }) => Ok(machine(setup)),
            Err(error) => Err(Failure::wrong(error.to_string())),
        }
    })?;
    let printed = if json { cli::frame_json(&frame) } else { cli::line(&cli::frame_text(&frame)) };
    printed.map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

fn machine(setup: &Setup) -> Frame {
    let info = ServerInfo { version: env!("CARGO_PKG_VERSION").to_owned(), host: sample::host(), ..ServerInfo::default() };
    let place = if setup.home.state_dir.exists() { setup.home.state_dir.clone() } else { std::env::temp_dir() };
    system_only(&info, unix_ms(), &sample::take_once(&place))
}
