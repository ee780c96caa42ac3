//! The backend that runs a program: kmtop's own `kmtop worker`, or any other that speaks the protocol.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    Backend, Process, Questions, Running,
    apple_events::{self, Surroundings},
    web::WebLogin,
};
use crate::macros::Profile;

/// What the workers of the `osascript` backend run. It goes to them as an argument: a file could be changed by others meanwhile, and
/// stdin belongs to the protocol.
pub const WORKER_SCRIPT: &str = include_str!("../../assets/worker.js");

/// Where embedded workers keep what outlives a run.
#[derive(Debug, Clone, Copy)]
pub struct Stores<'a> {
    /// The file of the variables.
    pub variables: &'a Path,
    /// The folder of the semaphores.
    pub semaphores: &'a Path,
    /// What kmtop keeps for itself; actions on files change nothing there.
    pub own: &'a [PathBuf],
}

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
    /// Who answers its questions.
    pub questions: Arc<dyn Questions>,
}

impl Program {
    /// kmtop's embedded engine: `program worker` with what it keeps in these files and folders, running macros under `profile`.
    pub fn embedded(program: PathBuf, stores: Stores<'_>, profile: &Profile, questions: Arc<dyn Questions>) -> Self {
        let Stores { variables, semaphores, own } = stores;
        let settings = json!({ "variables": variables, "semaphores": semaphores, "own": own, "profile": profile });
        // Opens the variables, reads a token and reckons: what most jobs touch.
        let warm_up = ("process_tokens", json!({ "text": "%Variable%kmtop%%Calculate%1+1%" }));
        Self { name: "embedded", program, arguments: vec!["worker".into()], settings, warm_up, questions }
    }

    /// Warm scripts that drive Keyboard Maestro by Apple events: `osascript` is the program that runs them.
    pub fn osascript(osascript: PathBuf, surroundings: &Surroundings, questions: Arc<dyn Questions>) -> Self {
        let arguments = ["-l", "JavaScript", "-e", WORKER_SCRIPT].map(OsString::from).to_vec();
        let settings = json!({ "errors": apple_events::settings(surroundings) });
        // It reads the engine's dictionary and sends no event: the question for consent should find somebody who waits for it.
        let warm_up = ("ping", json!({}));
        Self { name: "osascript", program: osascript, arguments, settings, warm_up, questions }
    }

    /// Keyboard Maestro's web server: `program worker --web`, with who logs in where.
    pub fn web(program: PathBuf, login: &WebLogin, questions: Arc<dyn Questions>) -> Self {
        let arguments = vec!["worker".into(), "--web".into()];
        Self { name: "web", program, arguments, settings: json!(login), warm_up: ("ping", json!({})), questions }
    }

    /// Any program that speaks the protocol; `command` is its file and arguments, and must not be empty.
    ///
    /// # Errors
    /// When the command is empty.
    pub fn command(command: &[String], questions: Arc<dyn Questions>) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("the worker's command is empty"))?;
        let arguments = arguments.iter().map(OsString::from).collect();
        Ok(Self {
            name: "command",
            program: program.into(),
            arguments,
            settings: json!({}),
            warm_up: ("ping", json!({})),
            questions,
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
        self.questions.answer(about, arguments)
    }

    fn note(&self, about: &str, arguments: &Value) {
        self.questions.note(about, arguments);
    }
}
