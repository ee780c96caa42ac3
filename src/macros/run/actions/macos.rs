//! Action types that only macOS can do, and some that only Keyboard Maestro itself can.

use super::super::super::table::{ActionType, refuse};

const APPLICATIONS: &str = "controls applications of macOS";
const BROWSER: &str = "works on a page in a browser of macOS";
const CLIPBOARD: &str = "works on a form of the clipboard that only macOS has";
const IMAGES: &str = "works on images of macOS";
const KEYBOARD_MAESTRO: &str = "shows or switches something in Keyboard Maestro itself";
const PROMPT: &str = "asks the person at the screen";
const SCRIPTS: &str = "runs a script language of macOS";

pub(super) const ACTIONS: &[ActionType] = &[
    refuse("ApplicationLauncher", PROMPT),
    refuse("ApplyModifiersToApplication", APPLICATIONS),
    refuse("ApplyTextFactory", APPLICATIONS),
    refuse("ClipboardHistorySwitcher", PROMPT),
    refuse("ClipboardSwitcherPaste", PROMPT),
    refuse("ExecuteJavaScriptForCustomPrompt", "works on a prompt at the screen"),
    refuse("ExecuteSwift", SCRIPTS),
    refuse("ExecuteWorkflow", SCRIPTS),
    refuse("FindImage", IMAGES),
    refuse("GetImageSize", IMAGES),
    refuse("GetTouchBarSelection", PROMPT),
    refuse("PasteByName", PROMPT),
    refuse("PlugIn", "is a plug-in, which is made for macOS"),
    refuse("ProgramSwitcher", PROMPT),
    refuse("PromptForRect", PROMPT),
    refuse("QuickMacro", KEYBOARD_MAESTRO),
    refuse("RemoveClipboardFlavors", CLIPBOARD),
    refuse("ResizeImage", IMAGES),
    refuse("SelectMenuByName", PROMPT),
    refuse("SendSMS", "sends a message with an application of macOS"),
    refuse("SetClipboardToFileReference", CLIPBOARD),
    refuse("SetFileIcon", IMAGES),
    refuse("SetKeychainPasswordToText", "writes to the keychain of macOS"),
    refuse("SetVariableToSafariField", BROWSER),
    refuse("ShowPaletteOfMacros", PROMPT),
    refuse("TransformImage", IMAGES),
    refuse("TriggerMacroByHotKey", "starts whatever macros have a hot key at that moment"),
    refuse("TrimImage", IMAGES),
];
