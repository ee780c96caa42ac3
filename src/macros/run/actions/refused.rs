//! Action types that are not run here, and why.

use super::super::super::table::{ActionType, refuse};

const MACOS: &str = "needs macOS";
const APPLICATIONS: &str = "controls applications of macOS";
const CLIPBOARD: &str = "works on the clipboard, which this engine does not have yet";
const PROMPT: &str = "asks the person at the screen";
const SCRIPTS: &str = "runs a script language of macOS";
const MISSING: &str = "portable, but not built into this engine yet";

pub(super) const ACTIONS: &[ActionType] = &[
    refuse("Alert", PROMPT),
    refuse("AppleScript", SCRIPTS),
    refuse("ApplyBBEditTextFactory", APPLICATIONS),
    refuse("Assert", MISSING),
    refuse("CompositeImage", MACOS),
    refuse("ConvertImage", MACOS),
    refuse("CustomPrompt", PROMPT),
    refuse("DebuggerAction", MACOS),
    refuse("DrawImage", MACOS),
    refuse("ExecuteAppleScript", SCRIPTS),
    refuse("ExecuteAutomatorWorkflow", SCRIPTS),
    refuse("ExecuteJavaScript", "runs in a browser of macOS"),
    refuse("ExecuteJavaScriptForAutomation", SCRIPTS),
    refuse("ExecuteShortcut", SCRIPTS),
    refuse("ExecuteSubroutine", MISSING),
    refuse("ExecuteSwiftScript", SCRIPTS),
    refuse("For", MISSING),
    refuse("MarkMacro", MISSING),
    refuse("NewImage", MACOS),
    refuse("OCRImage", MACOS),
    refuse("OpenFinderSelection", APPLICATIONS),
    refuse("PauseUntil", MISSING),
    refuse("PauseUntilChange", MACOS),
    refuse("PromptForFile", PROMPT),
    refuse("PromptForScreenRect", PROMPT),
    refuse("PromptForSnippet", PROMPT),
    refuse("PromptForUserInput", PROMPT),
    refuse("PromptWithList", PROMPT),
    refuse("RemoteTrigger", MISSING),
    refuse("Repeat", MISSING),
    refuse("ResolveAlias", MACOS),
    refuse("ScreenCapture", MACOS),
    refuse("ScreenImage", MACOS),
    refuse("Semaphore", MISSING),
    refuse("SetActionDelay", MISSING),
    refuse("SetClipboardToImage", CLIPBOARD),
    refuse("SetMacroEnable", MISSING),
    refuse("SetVariableToKeychainPassword", MACOS),
    refuse("Switch", MISSING),
    refuse("Throw", MISSING),
    refuse("TriggerByName", PROMPT),
    refuse("TryCatch", MISSING),
    refuse("Until", MISSING),
    refuse("While", MISSING),
];
