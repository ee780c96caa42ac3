//! Commands of the documents: each is one that kmtop understands, and each is run, here or where the table says.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt as _, fs::symlink},
    path::Path,
    process::{Command, Stdio},
};

use clap::{
    Parser as _,
    error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, MissingRequiredArgument},
};
use kmtop::cli::Arguments;
use serde_json::json;

use super::documents;
use crate::harness::{Home, Server, install, until_is};

/// Commands that end by themselves, change nothing beyond a home, and so are run as they stand.
const RUN: [&str; 8] = ["export", "simulate", "generate", "doctor", "init", "macros", "token", "once"];

/// Commands that other tests run, which know how they end; and where.
const RUN_ELSEWHERE: [(&str, &str); 15] = [
    ("--serve", "server, mcp"),
    ("attach", "terminal"),
    ("demo", "terminal"),
    ("bench", "bench"),
    ("check", "reports"),
    ("baseline", "reports"),
    ("report", "reports"),
    ("profile", "bench"),
    ("call", "engine, mcp"),
    ("connect", "install::connect"),
    ("service", "install::service"),
    ("replay", "history"),
    ("approve", "access"),
    ("stop-all", "steering"),
    ("bundle", "install::bundle"),
];

/// The words of a command as a shell makes them: a program that is called in kmtop's place writes them down.
struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("bin");
        fs::create_dir(&programs).unwrap();
        let script = folder.path().join("script");
        fs::write(&script, "#!/bin/sh\nfor word do printf '%s\\0' \"$word\"; done >\"$WORDS\"\n").unwrap();
        install(&script, &programs.join("kmtop"));
        Self { folder }
    }

    fn words(&self, line: &str) -> Vec<OsString> {
        let words = self.folder.path().join("words");
        let _ = fs::remove_file(&words);
        let output = command(line, self.folder.path()).env("WORDS", &words).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let written = fs::read(&words).unwrap_or_else(|error| panic!("{line} does not call kmtop: {error}"));
        written.split(|byte| *byte == 0).filter(|word| !word.is_empty()).map(|word| OsString::from_vec(word.to_vec())).collect()
    }
}

/// A line in a shell, with `folder` for home and current folder and its `bin` before all other programs.
fn command(line: &str, folder: &Path) -> Command {
    for name in [".local/share/man/man1", ".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let mut command = Command::new("/bin/sh");
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    command.args(["-c", line]).env_clear().env("PATH", path).env("HOME", folder).current_dir(folder).stdin(Stdio::null());
    command
}

/// Every command of kmtop that a reader may type, once.
fn typed() -> BTreeSet<String> {
    let lines = documents().into_iter().flat_map(|document| document.typed());
    lines.filter(|line| line.starts_with("kmtop ") || line == "kmtop").collect()
}

#[test]
fn every_command_that_is_shown_is_understood() {
    let shell = Shell::new();
    let commands = typed();
    assert!(commands.len() > 15, "{commands:?}");
    for line in &commands {
        let words = [vec![OsString::from("kmtop")], shell.words(line)].concat();
        if let Err(error) = Arguments::try_parse_from(words) {
            panic!("{line}: {error}");
        }
    }
    // In sentences there are placeholders, in capitals or brackets, and names of macros; what has none is a command as well.
    for document in documents() {
        let shown =
            document.quoted().into_iter().filter(|code| code.starts_with("kmtop ") && !code.contains(['[', '|', '…', '<']));
        for line in shown.filter(|code| !code.split([' ', '=', ',']).any(is_placeholder)) {
            let words = [vec![OsString::from("kmtop")], shell.words(&line)].concat();
            // A command's name alone stands for all that it does.
            let unsaid = [MissingRequiredArgument, DisplayHelpOnMissingArgumentOrSubcommand, DisplayHelp, DisplayVersion];
            if let Err(error) = Arguments::try_parse_from(words)
                && !unsaid.contains(&error.kind())
            {
                panic!("{}: {line}: {error}", document.path.display());
            }
        }
    }
}

/// Whether a word stands for another, or is of a name that is no command.
fn is_placeholder(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
}

#[test]
fn every_command_that_is_shown_is_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_kmtop"), folder.path().join("bin/kmtop")).unwrap();
    // Files that the documents name.
    let recording = folder.path().join("night.kmrec");
    let name = recording.to_str().unwrap();
    let server = Server::with_flags(Home::new(), &["--record", name]);
    server.home.ask("km_calculate", json!({ "expression": "1+1" }));
    let looked = || server.home.run(&["export", "--recording", name]);
    until_is("the recording has begun", looked, |ran| ran.code == Some(0));
    fs::write(folder.path().join("calls.csv"), "arrival_s,service_s\n0,0.05\n0.1,0.05\n0.15,0.08\n").unwrap();
    let shell = Shell::new();
    let mut run = 0;
    for line in typed() {
        let words = shell.words(&line);
        let first = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        if !RUN.contains(&first.as_str()) {
            let elsewhere = first.is_empty() || RUN_ELSEWHERE.iter().any(|(command, _)| *command == first);
            assert!(elsewhere, "{line} is shown, but neither run here nor said to be run elsewhere");
            continue;
        }
        run += 1;
        let output = command(&line, folder.path()).env("KMTOP_HOME", server.home.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // A range without anything in it is told with 1; wrong use and what cannot run are 2 and more.
        let code = output.status.code().unwrap_or(2);
        assert!(code < 2 && (code == 0 || said.contains("nothing is stored") || first == "doctor"), "{line}: {code} {said}");
    }
    assert!(run >= 5, "{run} commands were run");
}
