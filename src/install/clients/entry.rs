//! What a client starts.

use std::path::Path;

use serde_json::{Value, json};

/// What a client starts: a program that speaks MCP on its stdin and stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    command: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Entry {
    /// This machine's kmtop: `program` with these flags before `--serve --stdio`, and these variables.
    pub fn local(program: &Path, flags: &[String], environment: Vec<(String, String)>) -> Self {
        let arguments = flags.iter().cloned().chain(["--serve".to_owned(), "--stdio".to_owned()]).collect();
        Self { command: program.display().to_string(), arguments, environment }
    }

    /// The kmtop of another machine, `ssh HOST kmtop --serve --stdio`: no port is open and no token is needed.
    pub fn remote(host: &str, program: &str) -> Self {
        let arguments = [host, program, "--serve", "--stdio"].map(str::to_owned).to_vec();
        Self { command: "ssh".to_owned(), arguments, environment: Vec::new() }
    }

    /// The command in one line, for people.
    pub fn line(&self) -> String {
        let words = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        words.chain([self.command.clone()]).chain(self.arguments.iter().cloned()).collect::<Vec<_>>().join(" ")
    }

    /// The keys of an entry, in the order in which people write them.
    pub(super) fn keys(&self, typed: bool) -> Vec<(&'static str, Value)> {
        let mut keys = Vec::new();
        if typed {
            keys.push(("type", json!("stdio")));
        }
        keys.push(("command", json!(self.command)));
        keys.push(("args", json!(self.arguments)));
        if !self.environment.is_empty() {
            let variables = self.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            keys.push(("env", Value::Object(variables)));
        }
        keys
    }
}
