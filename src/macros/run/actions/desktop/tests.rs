use serde_json::{Value, json};

use super::super::super::{
    Sink,
    stage::{done, host, set},
};

/// What of a macro of one action is recorded.
fn recorded(action: &Value) -> (Sink, String) {
    let mut host = host();
    let report = done(json!([set("Local_x", "20"), action.clone()]), &mut host);
    let event = report.sinks.events.first().cloned().expect("something is recorded");
    assert_eq!(event.path, "actions[1]");
    assert_eq!(report.sinks.simulated, std::slice::from_ref(&event.text));
    (event.kind, event.text)
}

#[test]
fn effects_are_recorded_in_words() {
    let cases = [
        (json!({"kind": "SimulateKeystroke", "KeyCode": 9, "Modifiers": 256}), Sink::Keystroke, "press ⌘V"),
        (
            json!({"kind": "SelectMenuItem", "Menu": ["Edit", "%Local_x%"], "TargetApplication": {"Name": "Notes"}}),
            Sink::Control,
            "choose the menu Edit › 20 in Notes",
        ),
        (
            json!({"kind": "MouseMoveAndClick", "Action": "Click", "ClickCount": 2, "Relative": "Window", "RelativeCorner": "TopRight",
                "HorizontalPositionExpression": "Local_x * 2", "VerticalPositionExpression": "-5", "Modifiers": 512}),
            Sink::Mouse,
            "click 2 times holding ⇧ at 40, -5 from the top right of the window",
        ),
        (
            json!({"kind": "ManipulateWindow", "Action": "MoveAndResize", "Targeting": "FrontWindow", "HorizontalExpression": "0",
                "VerticalExpression": "Local_x", "WidthExpression": "SCREEN(Main,Width)", "HeightExpression": "300"}),
            Sink::Window,
            "move and resize the front window to 0, 20, SCREEN(Main,Width), 300",
        ),
        (json!({"kind": "OpenURL", "URL": "https://a.example/%Local_x%"}), Sink::Opened, "open https://a.example/20"),
        (json!({"kind": "ActivateApplication", "Application": {"Name": "Finder"}}), Sink::Application, "activate Finder"),
        (json!({"kind": "QuitSpecificApp", "Action": "Quit", "Application": {"Name": "Mail"}}), Sink::Application, "quit Mail"),
        (json!({"kind": "SystemAction", "SystemAction": "SystemBeep"}), Sink::System, "system beep"),
        (json!({"kind": "UseVariable", "Action": "SetMouse", "Variable": "Local_x"}), Sink::System, "set mouse to 20"),
        (
            json!({"kind": "SafariControl", "Command": "ClickLink", "Argument": "%Local_x%", "ActionUID": 5}),
            Sink::Control,
            "safari control: Argument 20, Command ClickLink",
        ),
        (json!({"kind": "PlaySound", "Path": "/x/Ping.aiff"}), Sink::Sound, "play /x/Ping.aiff"),
        (json!({"kind": "SpeakText", "Text": "hello"}), Sink::Sound, "say “hello”"),
    ];
    for (action, kind, text) in cases {
        assert_eq!(recorded(&action), (kind, text.to_owned()));
    }
}

#[test]
fn notifications_have_their_texts() {
    let mut host = host();
    let report = done(
        json!([{"kind": "Notification", "Title": "T", "Subtitle": "", "Text": "%TriggerValue%", "SoundName": "Ping"}]),
        &mut host,
    );
    assert_eq!(report.sinks.notifications, ["T\ngiven"]);
    assert_eq!(report.sinks.simulated, ["play Ping"]);
}

#[test]
fn passwords_are_not_recorded() {
    let mut host = host();
    let report = done(
        json!([set("My Password", "secret"), {"kind": "UseVariable", "Action": "SetMouse", "Variable": "My Password"}]),
        &mut host,
    );
    assert_eq!(report.sinks.simulated, ["set mouse to a password"]);
}
