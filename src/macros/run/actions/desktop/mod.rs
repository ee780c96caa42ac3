//! Keys, mouse, windows, applications: there are none here, so what would have been done is recorded. Only what gives no answer may
//! be recorded; actions whose answer a later one needs are refused.

mod applications;
mod describe;
mod keys;

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::text_refusal,
        profile::Profile,
        table::{ActionType, Mode, simulate},
    },
    Flow, Trouble,
    report::Sink,
    state::Runner,
};

const APPLICATION: &str = "recorded; on a pretended desktop the application in front changes";
const RECORDED: &str = "recorded";

/// A type that is only recorded.
const fn recorded(name: &'static str) -> ActionType {
    simulate(name, RECORDED, check, record)
}

pub(super) const ACTIONS: &[ActionType] = &[
    simulate("ActivateApplication", APPLICATION, check, record),
    recorded("ApplicationsPaletteToggle"),
    recorded("BringWindowsForward"),
    recorded("ClickAtFoundImage"),
    recorded("ConcealMacroPalettes"),
    recorded("DarkMode"),
    recorded("HideAll"),
    recorded("HideCurrent"),
    recorded("HideOthers"),
    recorded("HideSpecificApp"),
    recorded("MIDI"),
    recorded("MIDIControlChange"),
    recorded("MIDINote"),
    recorded("MacroGroupToggle"),
    recorded("ManipulateWindow"),
    recorded("MouseMoveAndClick"),
    recorded("MuteAudioDevice"),
    recorded("Open1File"),
    recorded("OpenSystemPreferences"),
    recorded("OpenURL"),
    recorded("PressButton"),
    recorded("QuitAll"),
    recorded("QuitOthers"),
    simulate("QuitSpecificApp", APPLICATION, check, record),
    recorded("SafariControl"),
    recorded("ScrollWheel"),
    recorded("ScrollWheelEvent"),
    recorded("Search"),
    recorded("SelectMenuItem"),
    recorded("SelectOrShowMenuItem"),
    recorded("SendMIDIMessage"),
    recorded("SetAudioDevice"),
    recorded("SetDesktopImage"),
    recorded("SetKeyboardLayout"),
    recorded("SetNetworkLocation"),
    recorded("SetNextEngineWindow"),
    recorded("SetSafariCheckbox"),
    recorded("SetSafariFieldToText"),
    recorded("SetSafariRadio"),
    recorded("SetScreenResolution"),
    recorded("ShowAll"),
    recorded("ShowSpecificApp"),
    recorded("SimulateHardwareKey"),
    recorded("SimulateKeystroke"),
    recorded("SimulateModifiers"),
    recorded("StreamDeckSetImage"),
    recorded("SwitchToLastApplication"),
    recorded("SwitchToNextApplication"),
    recorded("SystemAction"),
    recorded("SystemVolume"),
    recorded("TypeKeystroke"),
    recorded("UseVariable"),
    recorded("WindowSwitcher"),
    recorded("QuickTimePlayerControl"),
    recorded("iTunesControl"),
];

/// The fields with texts that a person reads in the record. A token that cannot be expanded would leave a hole in it.
const TEXTS: [&str; 9] = ["URL", "Path", "Text", "WindowName", "Argument", "Field", "ButtonName", "SearchString", "Title"];

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let menu = describe::menu(action).into_iter().find_map(|item| text_refusal(&item, profile));
    let reason = menu.or_else(|| TEXTS.iter().find_map(|key| text_refusal(action.word(key)?, profile)));
    reason.map(|reason| (Mode::Refuse, reason))
}

/// Which list of the record an action belongs to.
fn sink(kind: &str) -> Sink {
    match kind {
        "SimulateKeystroke" | "TypeKeystroke" | "SimulateHardwareKey" | "SimulateModifiers" => Sink::Keystroke,
        "MouseMoveAndClick" | "ClickAtFoundImage" | "ScrollWheel" | "ScrollWheelEvent" => Sink::Mouse,
        "ManipulateWindow" | "BringWindowsForward" | "SetNextEngineWindow" | "WindowSwitcher" => Sink::Window,
        "SelectMenuItem"
        | "SelectOrShowMenuItem"
        | "PressButton"
        | "SafariControl"
        | "SetSafariCheckbox"
        | "SetSafariFieldToText"
        | "SetSafariRadio"
        | "QuickTimePlayerControl"
        | "iTunesControl" => Sink::Control,
        "ActivateApplication"
        | "QuitSpecificApp"
        | "QuitAll"
        | "QuitOthers"
        | "HideAll"
        | "HideCurrent"
        | "HideOthers"
        | "HideSpecificApp"
        | "ShowAll"
        | "ShowSpecificApp"
        | "SwitchToLastApplication"
        | "SwitchToNextApplication" => Sink::Application,
        "OpenURL" | "Open1File" | "OpenSystemPreferences" | "Search" => Sink::Opened,
        "MIDI" | "MIDIControlChange" | "MIDINote" | "SendMIDIMessage" => Sink::Sound,
        _ => Sink::System,
    }
}

fn record(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.describe(action)?;
    runner.pretend(action);
    runner.sinks.record(sink(&action.kind), text);
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests;
