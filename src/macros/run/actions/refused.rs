//! Action types that are not run here, and why.

use super::super::super::table::{ActionType, refuse};

const MACOS: &str = "needs macOS";
const APPLICATIONS: &str = "controls applications of macOS";
const CLIPBOARD: &str = "puts an image on the clipboard, and the clipboards of this engine hold text";
const PROMPT: &str = "asks the person at the screen and waits for the answer";
const SCRIPTS: &str = "runs a script language of macOS";

pub(super) const ACTIONS: &[ActionType] = &[
    refuse("Alert", PROMPT),
    refuse("AppleScript", SCRIPTS),
    refuse("ApplyBBEditTextFactory", APPLICATIONS),
    refuse("CompositeImage", MACOS),
    refuse("ConvertImage", MACOS),
    refuse("CustomPrompt", PROMPT),
    refuse("DrawImage", MACOS),
    refuse("ExecuteAppleScript", SCRIPTS),
    refuse("ExecuteAutomatorWorkflow", SCRIPTS),
    refuse("ExecuteJavaScript", "runs in a browser of macOS"),
    refuse("ExecuteJavaScriptForAutomation", SCRIPTS),
    refuse("ExecuteShortcut", SCRIPTS),
    refuse("ExecuteSwiftScript", SCRIPTS),
    refuse("MailSendMessage", "sends a message with an application of macOS"),
    refuse("NewImage", MACOS),
    refuse("OCRImage", MACOS),
    refuse("OpenFinderSelection", APPLICATIONS),
    refuse("PromptForFile", PROMPT),
    refuse("PromptForScreenRect", PROMPT),
    refuse("PromptForSnippet", PROMPT),
    refuse("PromptForUserInput", PROMPT),
    refuse("PromptWithList", PROMPT),
    refuse("RemoteTrigger", "starts a macro by a service of Keyboard Maestro"),
    refuse("ResolveAlias", MACOS),
    refuse("ScreenCapture", MACOS),
    refuse("ScreenImage", MACOS),
    refuse("SetClipboardToImage", CLIPBOARD),
    refuse("SetVariableToKeychainPassword", MACOS),
    refuse("TriggerByName", PROMPT),
];
