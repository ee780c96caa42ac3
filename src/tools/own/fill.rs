//! From a command with places to the arguments of a program: each element becomes one argument, or none.

use super::{super::ToolError, Given};
use crate::util::template::{Piece, pieces};

/// The command with its places filled. An element with a place for which there is nothing is left out.
///
/// # Errors
/// When what is filled in would begin an argument with `-`, and may not.
pub(super) fn filled(command: &[String], given: &Given) -> Result<Vec<String>, ToolError> {
    let mut argv = Vec::with_capacity(command.len());
    for element in command {
        argv.extend(one(element, given)?);
    }
    Ok(argv)
}

fn one(element: &str, given: &Given) -> Result<Option<String>, ToolError> {
    // The settings were checked when they were read.
    let pieces = pieces(element).map_err(|problem| ToolError::refused("internal", problem))?;
    let mut argument = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => argument.push_str(&text),
            Piece::Place(name) => {
                let Some(filling) = given.get(&name) else { return Ok(None) };
                if argument.is_empty() && filling.text.starts_with('-') && !filling.may_begin_with_dash {
                    let words = format!("{name}: it begins with “-”, and the program would take it for an option");
                    return Err(ToolError::refused("bad_arguments", words));
                }
                argument.push_str(&filling.text);
            }
        }
    }
    Ok(Some(argument))
}

/// What of a command is the same each time, for display.
pub(super) fn fixed(command: &[String]) -> String {
    let is_fixed =
        |element: &&String| pieces(element).is_ok_and(|pieces| pieces.iter().all(|piece| matches!(piece, Piece::Text(_))));
    command.iter().filter(is_fixed).map(String::as_str).collect::<Vec<_>>().join(" ")
}
