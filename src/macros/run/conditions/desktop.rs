//! Conditions on applications and windows, decided by the pretended desktop.

use super::{
    super::{
        super::{
            desktop::{Application, Desktop, Window},
            profile::Profile,
        },
        error::Trouble,
        source::{Fields, text, word},
        state::Runner,
    },
    compare,
};

/// Why a condition on the desktop cannot be decided here; `None` when the pretended one decides it.
pub(super) fn refusal(kind: &str, condition: &Fields, profile: &Profile) -> Option<String> {
    let desktop = profile.desktop.as_ref();
    let unknown = |what: &str| Some(format!("asks for {what}; [engine.simulate] can pretend that, and does not say"));
    match kind {
        "Application" => match word(condition, "ApplicationConditionType") {
            "Active" | "NotActive" | "Running" | "NotRunning" if named(condition).is_none() => {
                Some("is on an application that it does not name".into())
            }
            "Active" | "NotActive" if desktop.and_then(Desktop::front_application).is_some() => None,
            "Active" | "NotActive" => unknown("the application in front"),
            "Running" | "NotRunning" if desktop.is_some_and(|desktop| desktop.running.is_some()) => None,
            "Running" | "NotRunning" => unknown("the running applications"),
            other => Some(format!("asks of an application whether “{other}”, which kmtop does not know")),
        },
        "FrontWindow" | "AnyWindow" => {
            let Some((operator, title)) = question(kind, condition) else {
                let asked = word(condition, &format!("{kind}ConditionType")).to_owned();
                return Some(format!("asks of a window whether “{asked}”, which [engine.simulate] cannot pretend"));
            };
            match desktop.and_then(|desktop| windows(desktop, condition)) {
                Some(_) => operator.and_then(|operator| compare::refusal(operator, &title, profile)),
                None => unknown("the windows of an application"),
            }
        }
        other => Some(format!("on {other} needs macOS, and [engine.simulate] cannot pretend it")),
    }
}

/// The application that a condition names.
fn named(condition: &Fields) -> Option<&Fields> {
    let application = condition.get("Application")?.as_object()?;
    ["BundleIdentifier", "Name", "NewFile"].iter().any(|key| !word(application, key).is_empty()).then_some(application)
}

/// Whether it is the application that a condition names: by bundle identifier, or by name where one of the two has none.
fn is_it(application: &Application, named: &Fields) -> bool {
    let bundle = word(named, "BundleIdentifier");
    if let Some(own) = application.bundle_id.as_deref().filter(|own| !own.is_empty() && !bundle.is_empty()) {
        return own.eq_ignore_ascii_case(bundle);
    }
    let plain = |name: &str| name.trim_end_matches(".app").to_lowercase();
    let file = word(named, "NewFile").rsplit('/').next().unwrap_or_default();
    let name = if word(named, "Name").is_empty() { file } else { word(named, "Name") };
    !name.is_empty() && plain(&application.name) == plain(name)
}

/// The windows that a condition is on; `None` when they are not known.
fn windows<'a>(desktop: &'a Desktop, condition: &Fields) -> Option<&'a [Window]> {
    let front = || desktop.windows.as_deref();
    if condition.get("IsFrontApplication").is_none_or(|flag| flag != false) {
        return front();
    }
    let named = named(condition)?;
    if desktop.front_application().is_some_and(|application| is_it(application, named)) {
        return front();
    }
    // An application that does not run has no windows; those of one behind the front one are not known.
    let runs = desktop.running.as_ref()?.iter().any(|application| is_it(application, named));
    (!runs).then_some(&[])
}

/// What a condition asks of a window's title, and the title; no comparison when it asks whether there is a window.
fn question<'a>(kind: &str, condition: &'a Fields) -> Option<(Option<&'a str>, String)> {
    if kind == "AnyWindow" {
        let operator = word(condition, "AnyWindowConditionType");
        let positive = matches!(operator, "Is" | "Contains" | "StartsWith" | "EndsWith" | "Matches" | "IsEmpty" | "IsNotEmpty");
        return positive.then(|| (Some(operator), text(condition, "AnyWindowTitle")));
    }
    let title = text(condition, "FrontWindowTitle");
    let asked = word(condition, "FrontWindowConditionType");
    if matches!(asked, "Exists" | "DoesNotExist") {
        return Some((None, title));
    }
    let operator = match asked.trim_start_matches("ExistsBut") {
        "TitleIs" => "Is",
        "TitleIsNot" => "IsNot",
        "TitleContains" => "Contains",
        "TitleDoesNotContain" => "DoesNotContain",
        "TitleMatches" => "Matches",
        "TitleDoesNotMatch" => "DoesNotMatch",
        _ => return None,
    };
    Some((Some(operator), title))
}

fn unknown() -> Trouble {
    Trouble::Failed("the pretended desktop does not say".into())
}

impl Runner<'_> {
    pub(super) fn application_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let desktop = self.desktop.as_ref().ok_or_else(unknown)?;
        let named = named(condition).ok_or_else(unknown)?;
        let active = || desktop.front_application().is_some_and(|front| is_it(front, named));
        let runs = || desktop.applications().unwrap_or_default().into_iter().any(|one| is_it(one, named));
        Ok(match word(condition, "ApplicationConditionType") {
            "Active" => active(),
            "NotActive" => !active(),
            "Running" => runs(),
            _ => !runs(),
        })
    }

    pub(super) fn front_window_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let desktop = &self.desktop.clone().ok_or_else(unknown)?;
        let front = windows(desktop, condition).ok_or_else(unknown)?.first();
        let (operator, title) = question("FrontWindow", condition).ok_or_else(unknown)?;
        let asked = word(condition, "FrontWindowConditionType");
        match (operator, front) {
            (None, front) => Ok(front.is_some() == (asked == "Exists")),
            (Some(operator), Some(window)) => self.compare(&window.title, operator, &title),
            // Without a window the title is none of all, unless it has to exist.
            (Some(operator), None) => Ok(operator.contains("Not") && !asked.starts_with("ExistsBut")),
        }
    }

    pub(super) fn any_window_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let desktop = &self.desktop.clone().ok_or_else(unknown)?;
        let (operator, title) = question("AnyWindow", condition).ok_or_else(unknown)?;
        for window in windows(desktop, condition).ok_or_else(unknown)? {
            if self.compare(&window.title, operator.unwrap_or_default(), &title)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
