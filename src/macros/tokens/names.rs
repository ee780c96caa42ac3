//! The names of tokens.

/// Tokens with parameters: name and how many.
pub(super) const WITH_PARAMETERS: [(&str, usize); 6] = [
    ("Variable", 1),
    ("Calculate", 1),
    ("ICUDateTime", 1),
    ("ICUDateTimePlus", 3),
    ("ICUDateTimeMinus", 3),
    ("ICUDateTimeFor", 2),
];

/// Tokens that stand for one text from the scope.
pub(super) const SIMPLE: [&str; 9] = [
    "TriggerValue",
    "ExecutingMacro",
    "ExecutingMacroUUID",
    "ExecutingThisMacro",
    "ExecutingThisMacroUUID",
    "UserLoginID",
    "LongUserName",
    "ActionResult",
    "Trigger",
];

/// Tokens that stand for one fixed text.
pub(super) const FIXED: [(&str, &str); 4] = [("Return", "\r"), ("LineFeed", "\n"), ("Tab", "\t"), ("Space", " ")];

/// Tokens that read windows, screens, applications, browsers or the clipboard.
const MACOS: [&str; 42] = [
    "Accessed",
    "Application",
    "ApplicationLongVersion",
    "ApplicationName",
    "ApplicationVersion",
    "ChromeURL",
    "ChromeTitle",
    "CurrentApplication",
    "CurrentClipboard",
    "CurrentMouse",
    "CurrentUser",
    "CurrentTrack",
    "ExecutingInstance",
    "FinderInsertionLocation",
    "FinderSelection",
    "FinderSelections",
    "FoundImage",
    "FrontBrowserTitle",
    "FrontBrowserURL",
    "FrontDocumentPath",
    "FrontWindowFrame",
    "FrontWindowName",
    "FrontWindowPosition",
    "FrontWindowSize",
    "MacName",
    "MailSender",
    "MailSubject",
    "NamedClipboard",
    "PastClipboard",
    "PromptButton",
    "SafariTitle",
    "SafariURL",
    "Screen",
    "ScreenVisible",
    "SystemClipboard",
    "SystemVolume",
    "TriggerClipboard",
    "WindowFrame",
    "WindowName",
    "WindowPosition",
    "WindowSize",
    "WirelessNetwork",
];

/// The first token in a text that only macOS can give a value, by its name. Used before a macro runs: a text with such a token
/// left standing would be wrong without anybody noticing.
#[must_use]
pub fn macos_token(text: &str) -> Option<&'static str> {
    let mut rest = text;
    while let Some(start) = rest.find('%') {
        rest = &rest[start + 1..];
        let end = rest.find('%')?;
        let name = &rest[..end];
        if let Some(known) = MACOS.iter().find(|known| **known == name) {
            return Some(known);
        }
        // The closing sign of this may open the next.
    }
    None
}
