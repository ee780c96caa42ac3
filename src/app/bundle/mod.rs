//! `kmtop bundle`: what helps to find a fault, in one file that may be shown to others.

mod contents;
mod redact;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use flate2::{Compression, write::GzEncoder};
use jiff::Zoned;

use super::Failure;
use crate::cli::{self, Arguments, Bundle};

/// One file of the bundle.
struct Part {
    name: &'static str,
    /// What it is, for the list in it.
    about: &'static str,
    text: String,
}

/// Gathers, hides, packs, and says what is inside.
pub(super) fn run(arguments: &Arguments, asked: &Bundle) -> Result<ExitCode, Failure> {
    let name = Zoned::now().strftime("kmtop-bundle-%Y%m%d-%H%M%S").to_string();
    let path = asked.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
    let mut parts = contents::gather(arguments)?;
    let list = contents(&parts);
    parts.insert(0, Part { name: "README.txt", about: "this list", text: list.clone() });
    pack(&path, &name, &parts).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
    let said = format!("written: {}\n\n{}", path.display(), list.trim_end());
    cli::line(&said).map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

fn contents(parts: &[Part]) -> String {
    let lines = parts.iter().map(|part| format!("  {:<14} {}", part.name, part.about)).collect::<Vec<_>>().join("\n");
    format!(
        "What is inside:\n{lines}\n\nWhat is not: tokens and passwords, the values of variables, dictionaries and clipboards, what macros hold, \
         the arguments and\nanswers of calls, texts in the settings other than kmtop's own words. Names of tools, clients and macros may be \
         inside:\nlook through it before you show it to others.\n"
    )
}

/// Writes the archive, readable to its owner alone; a file that is there already is not written over.
fn pack(path: &Path, folder: &str, parts: &[Part]) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for part in parts {
        let mut header = tar::Header::new_gnu();
        header.set_size(part.text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0));
        archive.append_data(&mut header, format!("{folder}/{}", part.name), part.text.as_bytes())?;
    }
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.sync_all()
}
