//! Conditions on what is beyond the macro: clipboards, files, scripts, other macros.

use super::{
    super::{
        super::{
            data::Action,
            host::{FileKind, Script, ShellEnd, ShellRequest},
            portability::text_refusal,
            profile::Profile,
        },
        clipboards::Clipboard,
        error::Trouble,
        source::{Fields, text, word},
        state::Runner,
    },
    compare,
};

/// The kinds of conditions that are decided here.
pub(super) const KINDS: [&str; 4] = ["Clipboard", "Path", "Script", "Macro"];

/// Why a condition of one of these kinds cannot be decided here.
pub(super) fn refusal(kind: &str, condition: &Fields, profile: &Profile) -> Option<String> {
    match kind {
        "Clipboard" => clipboard_refusal(condition, profile),
        "Path" => path_refusal(condition, profile),
        "Script" => script_refusal(condition, profile),
        _ => macro_refusal(condition),
    }
}

fn clipboard_refusal(condition: &Fields, profile: &Profile) -> Option<String> {
    match word(condition, "ClipboardConditionType") {
        "HasText" | "DoesNotHaveText" | "HasImage" | "DoesNotHaveImage" => None,
        "ConformsTo" | "DoesNotConformTo" => Some("asks for the type of the clipboard, which needs macOS".into()),
        operator => compare::refusal(operator, &text(condition, "ClipboardText"), profile),
    }
}

fn path_refusal(condition: &Fields, profile: &Profile) -> Option<String> {
    let kind = word(condition, "PathConditionType");
    let known = matches!(
        kind,
        "NothingExists"
            | "SomethingExists"
            | "FileExists"
            | "FileDoesNotExist"
            | "FileDoesNotExists"
            | "FolderExists"
            | "FolderDoesNotExist"
            | "FolderDoesNotExists"
    );
    if !known {
        return Some(format!("asks of a path whether “{kind}”, which kmtop does not know"));
    }
    text_refusal(&text(condition, "Path"), profile).map(|reason| format!("cannot be decided: {reason}"))
}

fn script_refusal(condition: &Fields, profile: &Profile) -> Option<String> {
    let script = match word(condition, "ScriptConditionSourceType") {
        "ShellScriptText" => text(condition, "ScriptText"),
        "ShellScriptFile" => text(condition, "Path"),
        other => return Some(format!("runs a {other}, a script language of macOS")),
    };
    if script.trim().is_empty() {
        return Some("has no script".into());
    }
    match word(condition, "ScriptConditionType") {
        "ReturnsSuccess" | "ReturnsError" | "ReturnsStatus" => None,
        operator => compare::refusal(operator, &text(condition, "ScriptResult"), profile),
    }
}

fn macro_refusal(condition: &Fields) -> Option<String> {
    match word(condition, "MacroConditionType") {
        _ if word(condition, "MacroUID").is_empty() => Some("is on a macro that it does not name".into()),
        "IsEnabled" | "IsNotEnabled" | "IsExecuting" | "IsNotExecuting" => None,
        other => Some(format!("asks of a macro whether “{other}”, which is not known here")),
    }
}

impl Runner<'_> {
    pub(super) fn clipboard_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let trigger = condition.get("ClipboardSourceUseTriggerClipboard").is_some_and(|flag| flag == true);
        let system = condition.get("ClipboardSourceUseNamedClipboard").is_some_and(|flag| flag == false);
        let which = match Clipboard::named(condition, &["ClipboardSource"]) {
            _ if trigger => Clipboard::Trigger,
            Some(named) if !system => named,
            _ => Clipboard::System,
        };
        let held = self.clipboard(&which)?;
        match word(condition, "ClipboardConditionType") {
            "HasText" => Ok(!held.is_empty()),
            "DoesNotHaveText" => Ok(held.is_empty()),
            // The clipboards of this engine hold text.
            "HasImage" => Ok(false),
            "DoesNotHaveImage" => Ok(true),
            operator => self.compare(&held, operator, &text(condition, "ClipboardText")),
        }
    }

    pub(super) fn path_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let path = self.path(&text(condition, "Path"))?;
        let kind = self.host.file_info(&path, true)?.map(|info| info.kind);
        let (file, folder) = (kind == Some(FileKind::File), kind == Some(FileKind::Folder));
        Ok(match word(condition, "PathConditionType") {
            "NothingExists" => kind.is_none(),
            "SomethingExists" => kind.is_some(),
            "FileExists" => file,
            "FileDoesNotExist" | "FileDoesNotExists" => !file,
            "FolderExists" => folder,
            _ => !folder,
        })
    }

    pub(super) fn script_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let script = match word(condition, "ScriptConditionSourceType") {
            "ShellScriptFile" => Script::File(self.path(&text(condition, "Path"))?.to_string_lossy().into_owned()),
            _ => Script::Text(text(condition, "ScriptText")),
        };
        let includes = Action {
            kind: "ExecuteShellScript".into(),
            name: None,
            enabled: true,
            fields: condition.clone(),
            blocks: std::collections::BTreeMap::new(),
        };
        let environment = self.environment(&includes)?;
        let request = ShellRequest { script, environment, input: None, include_errors: false, time_limit: None };
        let output = self.run_script(&request)?;
        let code = match output.end {
            ShellEnd::Exited(code) => Some(i64::from(code)),
            ShellEnd::Signalled(_) | ShellEnd::TimedOut => None,
        };
        match word(condition, "ScriptConditionType") {
            "ReturnsSuccess" => Ok(code == Some(0)),
            "ReturnsError" => Ok(code != Some(0)),
            "ReturnsStatus" => {
                let wanted = text(condition, "ScriptTerminationStatus");
                let wanted = wanted.parse::<f64>().unwrap_or(0.0);
                Ok(code.is_some_and(|code| (code as f64 - wanted).abs() < 0.5))
            }
            operator => self.compare(output.output.trim(), operator, &text(condition, "ScriptResult")),
        }
    }

    pub(super) fn macro_holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        let uid = text(condition, "MacroUID");
        match word(condition, "MacroConditionType") {
            kind @ ("IsEnabled" | "IsNotEnabled") => {
                let enabled = self.host.macro_by_uid(&uid)?.is_some_and(|definition| definition.enabled);
                Ok(enabled == (kind == "IsEnabled"))
            }
            kind => {
                let own = self.frames.iter().any(|frame| frame.definition.uid.eq_ignore_ascii_case(&uid));
                let executing = own || self.host.is_executing(&uid)?;
                Ok(executing == (kind == "IsExecuting"))
            }
        }
    }
}
