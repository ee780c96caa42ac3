//! The one table of action types: what runs here, what is recorded instead, what is refused. Documentation and `macros lint`
//! derive from it.

use serde::{Deserialize, Serialize};

/// What becomes of an action here; a macro is as good as its worst action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is done.
    Run,
    /// What it would do is recorded and returned with the result.
    Simulate,
    /// A macro that holds it does not start.
    Refuse,
}

impl Mode {
    /// The mode as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Simulate => "simulate",
            Self::Refuse => "refuse",
        }
    }
}

/// An action type and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct ActionType {
    /// Keyboard Maestro's `MacroActionType`.
    pub name: &'static str,
    /// What becomes of it, before its fields are looked at.
    pub mode: Mode,
    /// Why it is not run, or what to know about how it runs.
    pub reason: &'static str,
}

const MACOS: &str = "needs macOS";
const KEYS: &str = "needs the keyboard, mouse or windows of macOS";
const APPLICATIONS: &str = "controls applications of macOS";
const CLIPBOARD: &str = "works on the clipboard, which this engine does not have yet";
const PROMPT: &str = "asks the person at the screen";
const SCRIPTS: &str = "runs a script language of macOS";
const SHOWN: &str = "shows something on the screen or plays a sound, which is not recorded yet";
const MISSING: &str = "portable, but not built into this engine yet";

const fn run(name: &'static str, reason: &'static str) -> ActionType {
    ActionType { name, mode: Mode::Run, reason }
}

const fn refuse(name: &'static str, reason: &'static str) -> ActionType {
    ActionType { name, mode: Mode::Refuse, reason }
}

/// Every action type that is known, in the order of the alphabet.
pub const TABLE: [ActionType; 122] = [
    refuse("ActivateApplication", APPLICATIONS),
    refuse("Alert", SHOWN),
    refuse("AppendToFile", MISSING),
    refuse("AppleScript", SCRIPTS),
    refuse("ApplyBBEditTextFactory", APPLICATIONS),
    refuse("ApplyStyle", CLIPBOARD),
    refuse("Assert", MISSING),
    run("Cancel", "this macro, just this macro, all macros (of this run); loops and other macros are refused"),
    refuse("ClickAtFoundImage", KEYS),
    run("Comment", "does nothing"),
    refuse("CompositeImage", MACOS),
    refuse("ConvertImage", MACOS),
    refuse("CopyFile", MISSING),
    refuse("CustomPrompt", PROMPT),
    refuse("CutCopyPaste", CLIPBOARD),
    refuse("DebuggerAction", MACOS),
    refuse("DeletePastClipboard", CLIPBOARD),
    refuse("DisplayImage", SHOWN),
    refuse("DisplayProgress", SHOWN),
    refuse("DisplayText", SHOWN),
    refuse("DrawImage", MACOS),
    refuse("ExecuteAppleScript", SCRIPTS),
    refuse("ExecuteAutomatorWorkflow", SCRIPTS),
    refuse("ExecuteJavaScript", "runs in a browser of macOS"),
    refuse("ExecuteJavaScriptForAutomation", SCRIPTS),
    run("ExecuteMacro", "the called macro is checked too; asynchronous calls are refused"),
    run("ExecuteShellScript", "by /bin/sh or what its #! line names; results into variables or the result, or recorded"),
    refuse("ExecuteShortcut", SCRIPTS),
    refuse("ExecuteSubroutine", MISSING),
    refuse("ExecuteSwiftScript", SCRIPTS),
    refuse("File", MISSING),
    refuse("Filter", MISSING),
    refuse("FilterClipboard", CLIPBOARD),
    refuse("FilterVariable", MISSING),
    refuse("For", MISSING),
    refuse("GetFileAttribute", MISSING),
    refuse("GetURL", MISSING),
    run("Group", "runs its actions"),
    refuse("Growl", SHOWN),
    refuse("HideSpecificApp", APPLICATIONS),
    refuse("HighlightLocation", SHOWN),
    refuse("HiliteLocation", SHOWN),
    run("IfThenElse", "on conditions of variables, texts and calculations; other conditions are refused"),
    refuse("InsertText", "types or pastes into an application"),
    run("Log", "the line is recorded and returned"),
    refuse("MIDI", MACOS),
    refuse("MIDIControlChange", MACOS),
    refuse("MIDINote", MACOS),
    refuse("ManipulateWindow", KEYS),
    refuse("MarkMacro", MISSING),
    refuse("MouseMoveAndClick", KEYS),
    refuse("NewFolder", MISSING),
    refuse("NewImage", MACOS),
    refuse("Notification", SHOWN),
    refuse("OCRImage", MACOS),
    refuse("Open1File", APPLICATIONS),
    refuse("OpenFinderSelection", APPLICATIONS),
    refuse("OpenSystemPreferences", APPLICATIONS),
    refuse("OpenURL", APPLICATIONS),
    run("Pause", "waits; the time is a calculation in seconds"),
    refuse("PauseUntil", MISSING),
    refuse("PauseUntilChange", MACOS),
    refuse("PlaySound", SHOWN),
    refuse("PressButton", KEYS),
    refuse("PromptForFile", PROMPT),
    refuse("PromptForScreenRect", PROMPT),
    refuse("PromptForSnippet", PROMPT),
    refuse("PromptForUserInput", PROMPT),
    refuse("PromptWithList", PROMPT),
    refuse("QuitSpecificApp", APPLICATIONS),
    refuse("ReadFile", MISSING),
    refuse("RemoteTrigger", MISSING),
    refuse("Repeat", MISSING),
    refuse("ResolveAlias", MACOS),
    run("Return", "ends the macro; its text is the result"),
    refuse("SafariControl", APPLICATIONS),
    refuse("ScreenCapture", MACOS),
    refuse("ScreenImage", MACOS),
    refuse("ScrollWheel", KEYS),
    refuse("SearchClipboard", CLIPBOARD),
    refuse("SearchRegEx", MISSING),
    refuse("SearchReplace", MISSING),
    refuse("SearchReplaceClipboard", CLIPBOARD),
    refuse("SearchReplaceVariable", MISSING),
    refuse("SearchVariable", MISSING),
    refuse("SelectMenuItem", APPLICATIONS),
    refuse("SelectOrShowMenuItem", APPLICATIONS),
    refuse("Semaphore", MISSING),
    refuse("SetActionDelay", MISSING),
    refuse("SetClipboardToImage", CLIPBOARD),
    refuse("SetClipboardToText", CLIPBOARD),
    refuse("SetClipboardToVariable", CLIPBOARD),
    refuse("SetDictionaryToJSON", MISSING),
    refuse("SetDictionaryValue", MISSING),
    refuse("SetFileAttributes", MISSING),
    refuse("SetJSONValue", MISSING),
    refuse("SetMacroEnable", MISSING),
    refuse("SetSafariFieldToText", APPLICATIONS),
    run("SetVariableToCalculation", "with a simple number format, if any"),
    refuse("SetVariableToClipboard", CLIPBOARD),
    refuse("SetVariableToKeychainPassword", MACOS),
    run("SetVariableToText", "also appending and prepending"),
    refuse("SetVariablesToJSON", MISSING),
    refuse("ShowPalette", SHOWN),
    refuse("SimulateKeystroke", KEYS),
    refuse("SpeakText", SHOWN),
    refuse("SplitPath", MISSING),
    refuse("Substring", MISSING),
    refuse("Switch", MISSING),
    refuse("SwitchToLastApplication", APPLICATIONS),
    refuse("SwitchToNextApplication", APPLICATIONS),
    refuse("SystemAction", MACOS),
    refuse("Throw", MISSING),
    refuse("TriggerByName", PROMPT),
    refuse("TryCatch", MISSING),
    refuse("TypeKeystroke", KEYS),
    refuse("Until", MISSING),
    refuse("UseVariable", MACOS),
    refuse("While", MISSING),
    refuse("WindowSwitcher", APPLICATIONS),
    refuse("WriteFile", MISSING),
    refuse("iTunesControl", APPLICATIONS),
];

/// The table's line for an action type; `None` for a type that nobody knows.
#[must_use]
pub fn action_type(name: &str) -> Option<&'static ActionType> {
    TABLE.iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_type_stands_once_in_order() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} before {}", pair[0].name, pair[1].name);
        }
    }
}
