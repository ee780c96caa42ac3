//! The names of tokens.

use crate::macros::json::Form;

/// What a token's name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// One fixed text.
    Fixed(&'static str),
    /// A character by its number.
    Character(char),
    /// A text from the scope.
    Simple(&'static str),
    /// `%LocalName%`: a variable whose name may stand alone.
    Scoped,
    Variable,
    Calculate,
    CalculateFormat,
    /// A whole number in a base, with at least so many digits.
    InBase(u32, usize),
    Date,
    DatePlus,
    DateMinus,
    DateFor,
    SystemClipboard,
    TriggerClipboard,
    PastClipboard,
    NamedClipboard,
    /// `%Dictionary[name,key]%`.
    Dictionary,
    JsonValue(Form),
    JsonFromDictionary(Form),
    JsonFromVariables(Form),
    /// Something that a pretended desktop may answer.
    Desktop(DesktopToken),
    /// Something that only macOS has.
    MacOs(&'static str),
}

/// A token that reads the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DesktopToken {
    pub(super) name: &'static str,
    pub(super) reads: Reads,
    /// Whether a parameter says which one; else it is the one in front.
    pub(super) chooses: bool,
}

/// What a token of the desktop reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    ApplicationName,
    ApplicationBundle,
    ApplicationPath,
    ApplicationVersion,
    /// The application behind the one in front.
    LastApplication,
    WindowTitle,
    WindowFrame,
    WindowPosition,
    WindowSize,
    Screen,
    VisibleScreen,
    Mouse,
}

impl Known {
    /// How many parameters follow the name.
    pub(super) fn parameters(self) -> usize {
        match self {
            Self::Variable
            | Self::Calculate
            | Self::InBase(..)
            | Self::Date
            | Self::PastClipboard
            | Self::NamedClipboard
            | Self::JsonValue(_)
            | Self::JsonFromDictionary(_)
            | Self::JsonFromVariables(_)
            | Self::Dictionary => 1,
            Self::CalculateFormat | Self::DateFor => 2,
            Self::DatePlus | Self::DateMinus => 3,
            Self::Desktop(token) => usize::from(token.chooses),
            Self::Fixed(_)
            | Self::Character(_)
            | Self::Simple(_)
            | Self::Scoped
            | Self::SystemClipboard
            | Self::TriggerClipboard
            | Self::MacOs(_) => 0,
        }
    }

    /// Whether it may stand in a parameter. Fixed texts may not: their percent sign closes the parameter.
    pub(super) fn nests(self) -> bool {
        !matches!(self, Self::Fixed(_) | Self::Character(_))
    }
}

/// What a name is; `None` when no token has it. Names of tokens are written as they stand here.
pub(super) fn known(name: &str) -> Option<Known> {
    if let Some((_, known)) = PLAIN.iter().find(|(known, _)| *known == name) {
        return Some(*known);
    }
    if let Some(token) = DESKTOP.iter().find(|token| token.name == name) {
        return Some(Known::Desktop(*token));
    }
    if let Some(name) = SIMPLE.iter().find(|known| **known == name) {
        return Some(Known::Simple(name));
    }
    if let Some(name) = MACOS.iter().find(|known| **known == name) {
        return Some(Known::MacOs(name));
    }
    in_base(name).or_else(|| json(name)).or_else(|| hexadecimal(name).map(Known::Character))
}

const PLAIN: [(&str, Known); 17] = [
    ("Return", Known::Fixed("\r")),
    ("LineFeed", Known::Fixed("\n")),
    ("Tab", Known::Fixed("\t")),
    ("Space", Known::Fixed(" ")),
    ("Delete", Known::Fixed("%Delete%")),
    ("Variable", Known::Variable),
    ("Calculate", Known::Calculate),
    ("CalculateFormat", Known::CalculateFormat),
    ("ICUDateTime", Known::Date),
    ("ICUDateTimePlus", Known::DatePlus),
    ("ICUDateTimeMinus", Known::DateMinus),
    ("ICUDateTimeFor", Known::DateFor),
    ("SystemClipboard", Known::SystemClipboard),
    ("CurrentClipboard", Known::SystemClipboard),
    ("TriggerClipboard", Known::TriggerClipboard),
    ("PastClipboard", Known::PastClipboard),
    ("NamedClipboard", Known::NamedClipboard),
];

const SIMPLE: [&str; 12] = [
    "ExecutingInstance",
    "TriggerValue",
    "ExecutingMacro",
    "ExecutingMacroUUID",
    "ExecutingMacroGroup",
    "ExecutingThisMacro",
    "ExecutingThisMacroUUID",
    "ExecutingThisMacroGroup",
    "UserLoginID",
    "LongUserName",
    "ActionResult",
    "Trigger",
];

const fn desktop(name: &'static str, reads: Reads, chooses: bool) -> DesktopToken {
    DesktopToken { name, reads, chooses }
}

const DESKTOP: [DesktopToken; 18] = [
    desktop("CurrentApplication", Reads::ApplicationName, false),
    desktop("LastApplication", Reads::LastApplication, false),
    desktop("Application", Reads::ApplicationName, true),
    desktop("ApplicationName", Reads::ApplicationName, true),
    desktop("ApplicationBundleID", Reads::ApplicationBundle, true),
    desktop("ApplicationPath", Reads::ApplicationPath, true),
    desktop("ApplicationVersion", Reads::ApplicationVersion, true),
    desktop("FrontWindowName", Reads::WindowTitle, false),
    desktop("FrontWindowFrame", Reads::WindowFrame, false),
    desktop("FrontWindowPosition", Reads::WindowPosition, false),
    desktop("FrontWindowSize", Reads::WindowSize, false),
    desktop("WindowName", Reads::WindowTitle, true),
    desktop("WindowFrame", Reads::WindowFrame, true),
    desktop("WindowPosition", Reads::WindowPosition, true),
    desktop("WindowSize", Reads::WindowSize, true),
    desktop("Screen", Reads::Screen, true),
    desktop("ScreenVisible", Reads::VisibleScreen, true),
    desktop("CurrentMouse", Reads::Mouse, false),
];

/// Tokens that read what neither kmtop nor a pretended desktop has, or what a run does not know of itself.
const MACOS: [&str; 72] = [
    "Accessed",
    "AccessedVariables",
    "AddressBook",
    "AlertButton",
    "ApplicationLongVersion",
    "Ask",
    "AudioDevice",
    "AudioDeviceUID",
    "AudioInputDevice",
    "AudioInputDeviceUID",
    "AudioInputDevices",
    "AudioOutputDevice",
    "AudioOutputDeviceUID",
    "AudioOutputDevices",
    "AudioSoundEffectsDevice",
    "AudioSoundEffectsDeviceUID",
    "ChromeBundleID",
    "ChromeField",
    "ChromeJavaScript",
    "ChromeReadyState",
    "ChromeTitle",
    "ChromeURL",
    "ChromeVersion",
    "ChromeWindowName",
    "CurrentTrack",
    "CurrentUser",
    "ExecutingInstanceName",
    "ExecutingInstances",
    "ExecutingMacroGroupUUID",
    "ExecutingThisMacroGroupUUID",
    "FindPasteboard",
    "FinderInsertionLocation",
    "FinderSelection",
    "FinderSelections",
    "FoundImage",
    "FrontBrowserBundleID",
    "FrontBrowserField",
    "FrontBrowserJavaScript",
    "FrontBrowserName",
    "FrontBrowserReadyState",
    "FrontBrowserTitle",
    "FrontBrowserURL",
    "FrontBrowserWindowName",
    "FrontDocumentPath",
    "LastAbortedAction",
    "LongDate",
    "LongTime",
    "MacName",
    "MailContents",
    "MailRecipients",
    "MailSender",
    "MailSubject",
    "NamedClipboardFlavors",
    "NumberDate",
    "PastClipboardFlavors",
    "PromptButton",
    "PromptWithListText",
    "SafariBundleID",
    "SafariField",
    "SafariJavaScript",
    "SafariReadyState",
    "SafariTitle",
    "SafariURL",
    "SafariVersion",
    "SafariWindowName",
    "ShortDate",
    "ShortTime",
    "SystemClipboardFlavors",
    "SystemVolume",
    "TriggerBase",
    "TriggerClipboardFlavors",
    "WirelessNetwork",
];

/// `%Hex%`, `%Dec5%`, `%Oct3%`, `%Bin16%`: a calculation as a whole number with at least so many digits.
fn in_base(name: &str) -> Option<Known> {
    let (word, digits) = name.split_at_checked(3)?;
    let base = match word {
        "Hex" => 16,
        "Dec" => 10,
        "Oct" => 8,
        "Bin" => 2,
        _ => return None,
    };
    if digits.is_empty() {
        return Some(Known::InBase(base, 1));
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|width| plain && (1..=64).contains(width)).map(|width| Known::InBase(base, width))
}

/// `%JSONValue%` and its kin with `Strict`, `Pretty` and `Compact` behind them, in any order.
fn json(name: &str) -> Option<Known> {
    let (words, make): (&str, fn(Form) -> Known) = if let Some(words) = name.strip_prefix("JSONValue") {
        (words, Known::JsonValue)
    } else if let Some(words) = name.strip_prefix("JSONFromDictionary") {
        (words, Known::JsonFromDictionary)
    } else {
        (name.strip_prefix("JSONFromVariables")?, Known::JsonFromVariables)
    };
    Some(make(match words {
        "" | "Compact" => Form { strict: false, pretty: false },
        "Pretty" => Form { strict: false, pretty: true },
        "Strict" | "StrictCompact" | "CompactStrict" => Form { strict: true, pretty: false },
        "StrictPretty" | "PrettyStrict" => Form { strict: true, pretty: true },
        _ => return None,
    }))
}

/// `%0A%` and `%2026%` are characters by their number.
fn hexadecimal(name: &str) -> Option<char> {
    if !matches!(name.len(), 2 | 4) || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(name, 16).ok().and_then(char::from_u32)
}
