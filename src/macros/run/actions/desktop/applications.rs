//! What actions on applications change on the pretended desktop of a run, so that later questions are answered by it.

use super::super::super::{
    super::{
        calculation::parse_number,
        data::Action,
        desktop::{Application, Desktop},
    },
    state::Runner,
};

impl Runner<'_> {
    /// Changes the run's own desktop as the action would have changed a real one. Windows of another application are not known.
    pub(super) fn pretend(&mut self, action: &Action) {
        let Some(desktop) = &mut self.desktop else { return };
        match action.kind.as_str() {
            "ActivateApplication" => {
                if let Some(wanted) = wanted(action) {
                    activate(desktop, wanted);
                }
            }
            "QuitSpecificApp" if action.word("Target") == Some("Front") => {
                if let Some(front) = desktop.front_application().cloned() {
                    quit(desktop, &front);
                }
            }
            "QuitSpecificApp" if !matches!(action.word("Action"), Some("Relaunch")) => {
                if let Some(wanted) = wanted(action) {
                    quit(desktop, &wanted);
                }
            }
            "HideSpecificApp" => {
                let front = desktop.front_application().cloned();
                if let (Some(wanted), Some(front)) = (wanted(action), front)
                    && is_same(&front, &wanted)
                {
                    next(desktop, &front);
                }
            }
            "UseVariable" => self.pretend_with_a_variable(action),
            // Where it ends up depends on windows and images.
            "MouseMoveAndClick" if action.flag("RestoreMouseLocation") != Some(true) => desktop.mouse = None,
            "ManipulateWindow" => {
                let how = action.word("Action").unwrap_or_default();
                if ["Move", "Resize", "Center", "Zoom"].iter().any(|start| how.starts_with(start)) {
                    forget_places(desktop);
                } else {
                    desktop.windows = None;
                }
            }
            "HideCurrent" | "SwitchToLastApplication" => {
                if let Some(front) = desktop.front_application().cloned() {
                    next(desktop, &front);
                }
            }
            _ => {}
        }
    }

    fn pretend_with_a_variable(&mut self, action: &Action) {
        let value = action.word("Variable").map(|name| self.read(name).ok().flatten().unwrap_or_default()).unwrap_or_default();
        let Some(desktop) = &mut self.desktop else { return };
        match action.word("Action").unwrap_or_default() {
            "SetMouse" => {
                let mut numbers = value.split(',').map(parse_number);
                desktop.mouse = match (numbers.next().flatten(), numbers.next().flatten()) {
                    (Some(x), Some(y)) => Some([x, y]),
                    _ => None,
                };
            }
            "SetApplicationByName" if !value.trim().is_empty() => {
                let name = value.trim().to_owned();
                activate(desktop, Application { name, bundle_id: None, path: None, version: None, background: false });
            }
            window if window.starts_with("SetWindow") => forget_places(desktop),
            _ => {}
        }
    }
}

/// Windows that were moved stand somewhere, and nobody here knows where.
fn forget_places(desktop: &mut Desktop) {
    for window in desktop.windows.iter_mut().flatten() {
        window.frame = None;
    }
}

/// The application that an action names.
fn wanted(action: &Action) -> Option<Application> {
    let fields = action.fields.get("Application")?.as_object()?;
    let text = |key: &str| fields.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let bundle_id = text("BundleIdentifier");
    let name = text("Name").or_else(|| bundle_id.clone())?;
    let name = name.strip_suffix(".app").unwrap_or(&name).to_owned();
    Some(Application { name, bundle_id, path: text("NewFile"), version: None, background: false })
}

/// Bundle identifiers tell more than names, which change with the language.
fn is_same(one: &Application, other: &Application) -> bool {
    match (&one.bundle_id, &other.bundle_id) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one.name.eq_ignore_ascii_case(&other.name),
    }
}

fn activate(desktop: &mut Desktop, wanted: Application) {
    if desktop.front_application().is_some_and(|front| is_same(front, &wanted)) {
        return;
    }
    let known = desktop.running.as_ref().and_then(|running| running.iter().find(|one| is_same(one, &wanted)).cloned());
    let front = known.unwrap_or(wanted);
    if let Some(before) = desktop.front.take()
        && let Some(running) = &mut desktop.running
        && !running.iter().any(|one| is_same(one, &before))
    {
        running.insert(0, before);
    }
    if let Some(running) = &mut desktop.running {
        running.retain(|one| !is_same(one, &front));
        running.insert(0, front.clone());
    }
    desktop.front = Some(front);
    desktop.windows = None;
}

fn quit(desktop: &mut Desktop, gone: &Application) {
    let was_front = desktop.front_application().is_some_and(|front| is_same(front, gone));
    if let Some(running) = &mut desktop.running {
        running.retain(|one| !is_same(one, gone));
    }
    if was_front {
        desktop.front = desktop.running.as_ref().and_then(|running| running.first().cloned());
        desktop.windows = None;
    }
}

/// Brings the application behind the front one to the front.
fn next(desktop: &mut Desktop, front: &Application) {
    let behind = desktop.running.as_ref().and_then(|running| running.iter().find(|one| !is_same(one, front)).cloned());
    if let Some(behind) = behind {
        activate(desktop, behind);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::super::{Runner, stage};
    use crate::macros::{
        Profile,
        desktop::{Application, Desktop, Window},
    };

    #[test]
    fn a_run_changes_its_own_desktop() {
        let application = |name: &str| Application { name: name.into(), ..Application::default() };
        let desktop = Desktop {
            front: Some(application("Mail")),
            running: Some(vec![application("Mail"), application("Finder")]),
            ..Desktop::default()
        };
        let profile = Profile { desktop: Some(desktop), ..Profile::default() };
        let mut host = stage::host();
        let mut runner = Runner::new(&profile, &mut host);
        let steps = [
            (json!({"kind": "ActivateApplication", "Application": {"Name": "Notes"}}), "Notes", 3),
            (json!({"kind": "SwitchToLastApplication"}), "Mail", 3),
            (json!({"kind": "QuitSpecificApp", "Action": "Quit", "Target": "Front"}), "Notes", 2),
            (json!({"kind": "QuitSpecificApp", "Action": "Quit", "Application": {"Name": "Finder.app"}}), "Notes", 1),
            (json!({"kind": "HideSpecificApp", "Application": {"Name": "Mail"}}), "Notes", 1),
        ];
        for (action, front, running) in steps {
            let about = action.to_string();
            runner.pretend(&stage::action(action));
            let desktop = runner.desktop.as_ref().expect("a desktop");
            assert_eq!(desktop.front_application().map(|front| front.name.as_str()), Some(front), "{about}");
            assert_eq!(desktop.running.as_ref().map(Vec::len), Some(running), "{about}");
        }
    }

    #[test]
    fn what_an_action_makes_unknown_is_not_answered_any_more() {
        let window = Window { title: "Plan".into(), frame: Some([1.0, 2.0, 3.0, 4.0].into()) };
        let front = Application { name: "Mail".into(), ..Application::default() };
        let desktop = Desktop { front: Some(front), windows: Some(vec![window]), mouse: Some([1.0, 2.0]), ..Desktop::default() };
        let profile = Profile { desktop: Some(desktop), ..Profile::default() };
        let set = stage::set("Place", "30,40");
        let resize =
            json!({"kind": "ManipulateWindow", "Action": "ResizeWindowTo", "WidthExpression": "9", "HeightExpression": "9"});
        let click = |restore: bool| json!({"kind": "MouseMoveAndClick", "Action": "Click", "RestoreMouseLocation": restore});
        let use_it = |how: &str| json!({"kind": "UseVariable", "Action": how, "Variable": "Place"});
        let cases = [
            (use_it("SetMouse"), "%CurrentMouse%", Ok("30,40")),
            (click(true), "%CurrentMouse%", Ok("1,2")),
            (click(false), "%CurrentMouse%", Err("CurrentMouse")),
            (click(false), "%Calculate%MOUSEX()%", Err("MOUSEX")),
            (resize.clone(), "%WindowName%1%", Ok("Plan")),
            (resize, "%WindowFrame%1%", Err("WindowFrame")),
            (use_it("SetWindowSize"), "%Calculate%WINDOW(1,Width)%", Err("WINDOW")),
            (use_it("SetApplicationByName"), "%CurrentApplication%", Ok("30,40")),
            (json!({"kind": "ManipulateWindow", "Action": "SelectWindow"}), "%WindowName%1%", Err("WindowName")),
        ];
        for (action, text, expected) in cases {
            let about = format!("{action} {text}");
            let definition = stage::definition("A", json!([set, action, stage::give(text)]));
            let report = super::super::super::super::run(&definition, None, &profile, &mut stage::host()).expect("it is run");
            match expected {
                Ok(expected) => assert_eq!(report.result.as_deref(), Some(expected), "{about}"),
                Err(expected) => {
                    let failure = report.failed_action.expect("it fails");
                    assert!(failure.message.contains(expected), "{about}: {}", failure.message);
                }
            }
        }
    }
}
