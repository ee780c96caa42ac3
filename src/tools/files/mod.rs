//! `file_read`, `file_list`, `file_info`, `file_write`, `file_append`, `file_batch`: files inside the roots of the settings.

mod batch;
mod look;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{Done, Tool, ToolError, jobs, macros::aside};
use crate::{
    files::{FileError, Files, Problem},
    model::Certainty,
};

/// Most operations at once; one more waits for its turn.
const AT_ONCE: usize = 50;
/// Most bytes of a file in one answer.
const MOST_READ: usize = 1 << 20;

/// The roots, and how many operations go on in them.
#[derive(Clone)]
struct Desk {
    files: Arc<Files>,
    turns: Arc<Semaphore>,
}

impl Desk {
    /// Does something that waits for the disk, when it is its turn.
    async fn does<T: Send + 'static>(
        &self,
        path: &str,
        work: impl FnOnce(&Files) -> Result<T, ToolError> + Send + 'static,
    ) -> Done<T> {
        let files = Arc::clone(&self.files);
        // It is never closed.
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok();
        let done = aside(move || {
            let done = work(&files);
            drop(turn);
            done
        });
        done.await.about(jobs::subject(path))
    }
}

/// The file tools over these roots.
pub fn file_tools(files: Arc<Files>) -> Vec<Tool> {
    let desk = Desk { files, turns: Arc::new(Semaphore::new(AT_ONCE)) };
    vec![
        read::tool(desk.clone()),
        look::list(desk.clone()),
        look::info(desk.clone()),
        write::write(desk.clone()),
        write::append(desk.clone()),
        batch::tool(desk),
    ]
}

impl From<FileError> for ToolError {
    fn from(error: FileError) -> Self {
        let hint = match &error.problem {
            Problem::Outside => Some("file_list without a path names the folders that are allowed"),
            Problem::NotText => Some("ask for it with encoding base64"),
            Problem::TooLarge { .. } => Some("[files] file_bytes in the settings is the limit"),
            _ => None,
        };
        let outcome = match &error.problem {
            Problem::System(_) => Certainty::Unknown,
            _ => Certainty::NotRun,
        };
        let refused = Self { outcome, ..Self::refused(error.problem.code(), error.to_string()) };
        match hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    }
}

/// How bytes stand in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Text,
    Base64,
}

/// The bytes that a caller gives.
fn decoded(content: String, encoding: Encoding) -> Result<Vec<u8>, ToolError> {
    match encoding {
        Encoding::Text => Ok(content.into_bytes()),
        Encoding::Base64 => STANDARD
            .decode(content.as_bytes())
            .map_err(|error| ToolError::refused("bad_arguments", format!("content: it is no base64: {error}"))),
    }
}
