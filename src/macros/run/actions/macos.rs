//! Action types that only macOS can do, and some that only Keyboard Maestro itself can.

use super::super::super::table::{ActionType, refuse};

const APPLICATIONS: &str = "controls applications of macOS";
const BROWSER: &str = "works on a page in a browser of macOS";
const CLIPBOARD: &str = "works on a form of the clipboard that only macOS has";
const DEVICES: &str = "changes settings or devices of macOS";
const FILES: &str = "changes attributes of files that only macOS has";
const IMAGES: &str = "works on images of macOS";
const KEYBOARD_MAESTRO: &str = "shows or switches something in Keyboard Maestro itself";
const KEYS: &str = "needs the keyboard, mouse or windows of macOS";
const PROMPT: &str = "asks the person at the screen";
const SCRIPTS: &str = "runs a script language of macOS";

pub(super) const ACTIONS: &[ActionType] = &[
    refuse("ApplicationLauncher", PROMPT),
    refuse("ApplicationsPaletteToggle", KEYBOARD_MAESTRO),
    refuse("ApplyModifiersToApplication", APPLICATIONS),
    refuse("ApplyTextFactory", APPLICATIONS),
    refuse("BringWindowsForward", KEYS),
    refuse("ClipboardHistorySwitcher", PROMPT),
    refuse("ClipboardSwitcherMacroAction", PROMPT),
    refuse("ClipboardSwitcherPaste", PROMPT),
    refuse("ConcealMacroPalettes", KEYBOARD_MAESTRO),
    refuse("CopyClipboard", CLIPBOARD),
    refuse("DarkMode", DEVICES),
    refuse("ExecuteJavaScriptForCustomPrompt", "works on a prompt at the screen"),
    refuse("ExecuteSwift", SCRIPTS),
    refuse("ExecuteWorkflow", SCRIPTS),
    refuse("FindImage", IMAGES),
    refuse("GetImageSize", IMAGES),
    refuse("GetTouchBarSelection", PROMPT),
    refuse("HideAll", APPLICATIONS),
    refuse("HideCurrent", APPLICATIONS),
    refuse("HideOthers", APPLICATIONS),
    refuse("MacroGroupToggle", KEYBOARD_MAESTRO),
    refuse("MuteAudioDevice", DEVICES),
    refuse("PasteByName", PROMPT),
    refuse("PlugIn", "is a plug-in, which is made for macOS"),
    refuse("ProgramSwitcher", PROMPT),
    refuse("PromptForRect", PROMPT),
    refuse("QuickMacro", KEYBOARD_MAESTRO),
    refuse("QuitAll", APPLICATIONS),
    refuse("QuitOthers", APPLICATIONS),
    refuse("RemoveClipboardFlavors", CLIPBOARD),
    refuse("ResizeImage", IMAGES),
    refuse("ScrollWheelEvent", KEYS),
    refuse("Search", "searches the web in a browser of macOS"),
    refuse("SelectMenuByName", PROMPT),
    refuse("SendMIDIMessage", DEVICES),
    refuse("SendSMS", "sends a message with an application of macOS"),
    refuse("SetAudioDevice", DEVICES),
    refuse("SetClipboardToFileReference", CLIPBOARD),
    refuse("SetClipboardToPastClipboard", CLIPBOARD),
    refuse("SetDesktopImage", DEVICES),
    refuse("SetFileAttribute", FILES),
    refuse("SetFileIcon", IMAGES),
    refuse("SetFindPasteboard", CLIPBOARD),
    refuse("SetKeyboardLayout", DEVICES),
    refuse("SetKeychainPasswordToText", "writes to the keychain of macOS"),
    refuse("SetNetworkLocation", DEVICES),
    refuse("SetNextEngineWindow", KEYBOARD_MAESTRO),
    refuse("SetSafariCheckbox", BROWSER),
    refuse("SetSafariRadio", BROWSER),
    refuse("SetScreenResolution", DEVICES),
    refuse("SetVariableToSafariField", BROWSER),
    refuse("ShowAll", APPLICATIONS),
    refuse("ShowPaletteOfMacros", PROMPT),
    refuse("ShowSpecificApp", APPLICATIONS),
    refuse("SimulateHardwareKey", KEYS),
    refuse("SimulateModifiers", KEYS),
    refuse("StreamDeckSetImage", DEVICES),
    refuse("SystemVolume", DEVICES),
    refuse("TransformImage", IMAGES),
    refuse("TriggerMacroByHotKey", "starts whatever macros have a hot key at that moment"),
    refuse("TrimImage", IMAGES),
];
