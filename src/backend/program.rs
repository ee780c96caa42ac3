//! The backend that runs a program: kmtop's own `kmtop worker`, or any other that speaks the protocol.

use std::{ffi::OsString, io, path::PathBuf, sync::Arc};

use serde_json::{Value, json};

use super::{Backend, Process, Running};
use crate::macros::MacroSource;

/// Runs one program per worker.
pub struct Program {
    /// The backend's name for people.
    pub name: &'static str,
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What it is told in its hello.
    pub settings: Value,
    /// Its first job, operation and arguments.
    pub warm_up: (&'static str, Value),
    /// Where its questions for macros are answered.
    pub macros: Arc<dyn MacroSource>,
}

impl Program {
    /// kmtop's embedded engine: `program worker` with its variables in the file `variables`.
    pub fn embedded(program: PathBuf, variables: &std::path::Path, macros: Arc<dyn MacroSource>) -> Self {
        let settings = json!({ "variables": variables });
        // Opens the variables, reads a token and reckons: what most jobs touch.
        let warm_up = ("process_tokens", json!({ "text": "%Variable%kmtop%%Calculate%1+1%" }));
        Self { name: "embedded", program, arguments: vec!["worker".into()], settings, warm_up, macros }
    }

    /// Any program that speaks the protocol; `command` is its file and arguments, and must not be empty.
    ///
    /// # Errors
    /// When the command is empty.
    pub fn command(command: &[String], macros: Arc<dyn MacroSource>) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("the worker's command is empty"))?;
        let arguments = arguments.iter().map(OsString::from).collect();
        Ok(Self {
            name: "command",
            program: program.into(),
            arguments,
            settings: json!({}),
            warm_up: ("ping", json!({})),
            macros,
        })
    }
}

impl Backend for Program {
    fn name(&self) -> &str {
        self.name
    }

    fn start(&self) -> io::Result<Running> {
        Process::start(&self.program, &self.arguments)
    }

    fn settings(&self) -> Value {
        self.settings.clone()
    }

    fn warm_up(&self) -> (&'static str, Value) {
        self.warm_up.clone()
    }

    fn answer(&self, about: &str, arguments: &Value) -> Value {
        let uid = arguments.get("uid").and_then(Value::as_str);
        match (about, uid) {
            ("macro", Some(uid)) => self.macros.find_by_uid(uid).map_or(Value::Null, |found| serde_json::json!(*found)),
            _ => Value::Null,
        }
    }
}
