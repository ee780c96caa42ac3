//! What would be shown, said or played.

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::text_refusal,
        profile::Profile,
        table::{ActionType, Mode, nothing, simulate},
    },
    Flow, Trouble,
    report::Sink,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] = &[
    simulate("DisplayImage", "recorded", nothing, show),
    simulate("DisplayProgress", "its title is recorded", check, show),
    simulate("DisplayText", "recorded", check, show),
    simulate("Growl", "recorded as a notification", check, show),
    simulate("HighlightLocation", "recorded", nothing, highlight),
    simulate("HiliteLocation", "recorded", nothing, highlight),
    simulate("Notification", "recorded", check, show),
    simulate("PlaySound", "recorded", nothing, play_sound),
    simulate("ShowPalette", "recorded", nothing, show_palette),
    simulate("SpeakText", "recorded", check, speak),
];

/// The texts of what is shown, from the head down.
const TEXTS: [&str; 3] = ["Title", "Subtitle", "Text"];

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let reason = TEXTS.iter().find_map(|key| text_refusal(action.word(key)?, profile));
    reason.map(|reason| (Mode::Refuse, reason))
}

fn show(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let mut lines = Vec::new();
    for key in TEXTS {
        lines.push(runner.expanded(action, key)?);
    }
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() {
        lines.push(format!("({})", action.kind));
    }
    runner.sinks.record(Sink::Notifications, lines.join("\n"));
    if let Some(sound) = action.word("SoundName").filter(|sound| !sound.is_empty()) {
        runner.sinks.record(Sink::Sound, format!("play {sound}"));
    }
    Ok(Flow::Next)
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn highlight(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let sides = ["Left", "Top", "Width", "Height"].map(|key| action.text(key).unwrap_or_default());
    runner.sinks.record(Sink::Mouse, format!("highlight {}", sides.join(", ")));
    Ok(Flow::Next)
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn play_sound(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let sound =
        ["SoundName", "SoundPath", "Path", "Name"].iter().find_map(|key| action.word(key).filter(|name| !name.is_empty()));
    runner.sinks.record(Sink::Sound, format!("play {}", sound.unwrap_or("a sound")));
    Ok(Flow::Next)
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn show_palette(runner: &mut Runner<'_>, _: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    runner.sinks.record(Sink::Notifications, "(a palette of macros)".into());
    Ok(Flow::Next)
}

fn speak(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    runner.sinks.record(Sink::Sound, format!("say “{text}”"));
    Ok(Flow::Next)
}
