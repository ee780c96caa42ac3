//! Error numbers of Apple events: what each means, and what to do about it where this server runs.
//!
//! The numbers are those of `MacErrors.h` and of the accessibility interface. A right belongs to the process that macOS holds
//! responsible for a request, which is rarely the one that makes it: hence [`Surroundings`].

use std::{collections::BTreeMap, ffi::OsString};

use serde::Serialize;

use crate::model::Certainty;

/// What macOS holds responsible for what this process does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surroundings {
    /// A terminal on the Mac's own screen, with the program's name.
    Terminal(String),
    /// A login over SSH.
    Ssh,
    /// An agent of launchd: the program itself.
    Launchd,
    /// Nothing says.
    Unknown,
}

/// An error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppleEventError {
    /// The number.
    pub number: i32,
    /// The stable code under which callers see it.
    pub code: &'static str,
    /// What happened, for people.
    pub means: &'static str,
    /// Whether the work may have happened.
    pub outcome: Certainty,
    remedy: Remedy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// The same everywhere.
    Plain(&'static str),
    /// The right to send Apple events to another program.
    Automation,
    /// The right to read and work other programs' windows.
    Accessibility,
}

/// The numbers that callers are told about in words of their own; others are `engine_failed` with their number.
pub const ERRORS: [AppleEventError; 14] = [
    error(
        -600,
        ("engine_not_running", "the program is not running"),
        Certainty::NotRun,
        Remedy::Plain("start it on the Mac: open -a \"Keyboard Maestro Engine\""),
    ),
    error(
        -609,
        ("engine_gone", "the program ended or was replaced while it was spoken with"),
        Certainty::Unknown,
        Remedy::Plain("look whether the macro ran (km_engine_log), then try again"),
    ),
    error(
        -1712,
        ("apple_event_timeout", "the program did not answer in time, and may still be at it"),
        Certainty::Unknown,
        Remedy::Plain(
            "a macro that waits for somebody, or a question on the Mac's screen, takes that long; it says nothing of permissions: \
             kmtop doctor tells them apart",
        ),
    ),
    error(
        -1719,
        ("invalid_index", "there is no such item, or its window may not be read"),
        Certainty::Failed,
        Remedy::Accessibility,
    ),
    error(
        -1728,
        ("no_such_object", "what the script names is not there"),
        Certainty::Failed,
        Remedy::Plain("it may have been renamed or deleted meanwhile; km_list_macros tells what is there now"),
    ),
    error(
        -1743,
        ("automation_denied", "macOS does not let this program send Apple events"),
        Certainty::NotRun,
        Remedy::Automation,
    ),
    error(
        -1744,
        ("automation_undecided", "macOS wants to ask whether this program may send Apple events, and could not"),
        Certainty::NotRun,
        Remedy::Automation,
    ),
    error(
        -10004,
        ("privilege_violation", "the program may not do that"),
        Certainty::Failed,
        Remedy::Plain("it is closed to scripts or inside a sandbox; do this step by an action of the macro instead"),
    ),
    error(
        -25211,
        ("accessibility_denied", "macOS does not let this program work others' windows"),
        Certainty::Failed,
        Remedy::Accessibility,
    ),
    error(
        -128,
        ("user_cancelled", "somebody pressed Cancel"),
        Certainty::Unknown,
        Remedy::Plain("it was a person's decision; ask before you try again"),
    ),
    error(
        -1708,
        ("not_understood", "the program does not have this command"),
        Certainty::NotRun,
        Remedy::Plain("this version of Keyboard Maestro lacks it; version 10 or newer is expected"),
    ),
    error(
        -10006,
        ("read_only", "the program does not let this be set"),
        Certainty::NotRun,
        Remedy::Plain("export the macro, change the file and import it again"),
    ),
    error(
        -10810,
        ("launch_failed", "macOS could not start the program"),
        Certainty::NotRun,
        Remedy::Plain("somebody must be logged in on the Mac's screen: programs with windows start only in a login session"),
    ),
    error(
        -10814,
        ("application_missing", "macOS does not find the program"),
        Certainty::NotRun,
        Remedy::Plain("install Keyboard Maestro in /Applications, and open it once"),
    ),
];

const fn error(number: i32, (code, means): (&'static str, &'static str), outcome: Certainty, remedy: Remedy) -> AppleEventError {
    AppleEventError { number, code, means, outcome, remedy }
}

/// What is known of an error number.
pub fn find(number: i32) -> Option<&'static AppleEventError> {
    ERRORS.iter().find(|error| error.number == number)
}

impl AppleEventError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self, surroundings: &Surroundings) -> String {
        match self.remedy {
            Remedy::Plain(words) => words.to_owned(),
            Remedy::Automation => surroundings.allow("Automation", "Keyboard Maestro Engine below it"),
            Remedy::Accessibility => {
                let words = surroundings.allow("Accessibility", "it");
                if self.number == -1719 { format!("if the item is there: {words}") } else { words }
            }
        }
    }
}

impl Surroundings {
    /// Reads them from environment variables.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text =
            |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty());
        // A terminal's name may have come along with the login; the login decides.
        if text("SSH_CONNECTION").is_some() || text("SSH_TTY").is_some() {
            return Self::Ssh;
        }
        match (text("TERM_PROGRAM"), text("XPC_SERVICE_NAME")) {
            (Some(program), _) if program == "Apple_Terminal" => Self::Terminal("Terminal".to_owned()),
            (Some(program), _) => Self::Terminal(program.trim_end_matches(".app").to_owned()),
            (None, Some(service)) if service != "0" => Self::Launchd,
            (None, _) => Self::Unknown,
        }
    }

    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    /// What a person switches on in the system's settings.
    fn allow(&self, right: &str, what: &str) -> String {
        let place = format!("System Settings > Privacy & Security > {right}");
        let reset =
            if right == "Automation" { "; if it is not listed, run `tccutil reset AppleEvents` and try again" } else { "" };
        match self {
            Self::Terminal(program) => format!("in {place}, find {program} and switch on {what}{reset}"),
            Self::Ssh => format!(
                "over SSH the right belongs to sshd-keygen-wrapper, which {place} may not list: start kmtop from a terminal on the Mac's own screen, or \
                 as a LaunchAgent (docs/macos.md), or use the web backend, which needs no such right"
            ),
            Self::Launchd => format!(
                "in {place}, find kmtop and switch on {what}; the question appears on the Mac's screen at the first call{reset}"
            ),
            Self::Unknown => format!(
                "in {place}, find the program that started kmtop (a terminal, an editor, kmtop itself) and switch on {what}{reset}"
            ),
        }
    }

    /// In a few words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Terminal(program) => format!("from {program}"),
            Self::Ssh => "over SSH".to_owned(),
            Self::Launchd => "as an agent of launchd".to_owned(),
            Self::Unknown => "from a program that is not known".to_owned(),
        }
    }
}

/// One error as the worker gets it.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    means: &'static str,
    outcome: Certainty,
    hint: String,
}

/// The table for the worker's hello, by number.
pub(super) fn settings(surroundings: &Surroundings) -> impl Serialize {
    let told = |error: &AppleEventError| {
        let AppleEventError { code, means, outcome, .. } = *error;
        (error.number.to_string(), Told { code, means, outcome, hint: error.hint(surroundings) })
    };
    ERRORS.iter().map(told).collect::<BTreeMap<_, _>>()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings::of(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn each_number_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = ERRORS.iter().map(|error| error.code).collect();
        assert_eq!(codes.len(), ERRORS.len());
        for number in [-600, -609, -1712, -1719, -1728, -1743, -1744, -10004, -25211] {
            assert!(find(number).is_some(), "{number}");
        }
    }

    #[test]
    fn a_timeout_is_never_called_a_matter_of_permission() {
        let timeout = find(-1712).expect("known");
        assert_eq!(timeout.outcome, Certainty::Unknown);
        let hint = timeout.hint(&Surroundings::Ssh);
        assert!(hint.contains("says nothing of permissions") && !hint.contains("Privacy"), "{hint}");
    }

    #[test]
    fn the_remedy_names_who_lacks_the_right() {
        let denied = find(-1743).expect("known");
        for (variables, expected) in [
            (&[("TERM_PROGRAM", "Apple_Terminal")][..], "find Terminal and switch on Keyboard Maestro Engine"),
            (&[("TERM_PROGRAM", "iTerm.app"), ("XPC_SERVICE_NAME", "x")], "find iTerm and"),
            (&[("SSH_CONNECTION", "1 2 3 4"), ("TERM_PROGRAM", "Apple_Terminal")], "sshd-keygen-wrapper"),
            (&[("XPC_SERVICE_NAME", "local.kmtop")], "find kmtop and switch on"),
            (&[("XPC_SERVICE_NAME", "0")], "the program that started kmtop"),
        ] {
            let hint = denied.hint(&surroundings(variables));
            assert!(hint.contains(expected) && hint.contains("Automation"), "{variables:?}: {hint}");
        }
        let windows = find(-25211).expect("known").hint(&Surroundings::Terminal("Terminal".into()));
        assert!(windows.contains("Accessibility") && !windows.contains("AppleEvents"), "{windows}");
    }
}
