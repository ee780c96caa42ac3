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
pub(super) const SIMPLE: [&str; 10] = [
    "ExecutingInstance",
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
pub(super) const MACOS: [&str; 41] = [
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

/// Tokens that need no macOS but are not built into this engine yet.
pub(super) const NOT_BUILT: [&str; 2] = ["Dictionary", "JSONValue"];
