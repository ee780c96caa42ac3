//! Actions on the virtual clipboards. Only text is on them.

use super::{
    super::{
        super::{
            data::Action,
            place::Place,
            portability::{expression, refused, target, text},
            profile::Profile,
            table::{ActionType, Mode, nothing, simulate},
        },
        Flow, Trouble,
        clipboards::Clipboard,
        report::Sink,
        state::Runner,
    },
    fields::variable_name,
};

pub(super) const ACTIONS: &[ActionType] = &[
    simulate("ApplyStyle", "the clipboard keeps its text; styles are not kept here", nothing, apply_style),
    simulate(
        "ClipboardSwitcherMacroAction",
        "pasting a named clipboard is recorded; cutting and copying need a selection and are refused",
        check_paste_named,
        paste_named,
    ),
    simulate("CopyClipboard", "between virtual clipboards", nothing, copy_clipboard),
    simulate(
        "CutCopyPaste",
        "pasting is recorded; cutting and copying need a selection and are refused",
        check_paste,
        cut_copy_paste,
    ),
    simulate("DeletePastClipboard", "in the history of this run", check_past, delete_past_clipboard),
    simulate("SetClipboardToPastClipboard", "from the history of this run", check_past, set_to_past_clipboard),
    simulate(
        "SetClipboardToText",
        "on a virtual clipboard, named ones too; styles are dropped",
        check_text,
        set_clipboard_to_text,
    ),
    simulate("SetClipboardToVariable", "on a virtual clipboard", nothing, set_clipboard_to_variable),
    simulate("SetFindPasteboard", "recorded", check_text, set_find_pasteboard),
    simulate("SetVariableToClipboard", "from a virtual clipboard", check_variable, set_variable_to_clipboard),
];

/// Why an action with only styled text cannot be done.
pub(super) fn only_styled(action: &Action) -> Option<String> {
    let styled = action.fields.contains_key("StyledText") && !action.fields.contains_key("Text");
    styled.then(|| "its text is only there with styles, which kmtop does not read".into())
}

fn check_text(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(only_styled(action).or_else(|| text(action, "Text", profile)))
}

fn check_variable(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(target(action, profile))
}

fn check_past(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(expression(action, past_key(action), profile))
}

fn check_paste(action: &Action, _: &Profile) -> Option<(Mode, String)> {
    refused(match action.word("Action") {
        Some("Paste") => None,
        other => Some(format!("{} takes what is selected in an application", other.unwrap_or("it"))),
    })
}

fn check_paste_named(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let unnamed = Clipboard::named(&action.fields, &[]).is_none();
    check_paste(action, profile).or_else(|| refused(unnamed.then(|| "it names no clipboard".into())))
}

fn past_key(action: &Action) -> &'static str {
    // Older files have a number, later ones an expression.
    if action.fields.contains_key("PastExpression") { "PastExpression" } else { "Past" }
}

impl Runner<'_> {
    fn past_number(&mut self, action: &Action) -> Result<usize, Trouble> {
        let number = match action.text(past_key(action)) {
            Some(expression) => self.number(&expression)?,
            None => 0.0,
        };
        if !(0.0..=1e6).contains(&number) {
            return Err(Trouble::Failed(format!("there is no past clipboard {number}")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a million")]
        Ok(number as usize)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn apply_style(runner: &mut Runner<'_>, _: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    runner.sinks.record(Sink::System, "style the clipboard".into());
    Ok(Flow::Next)
}

fn copy_clipboard(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let named = Clipboard::named(&action.fields, &["Source"]);
    let source = named.filter(|_| action.flag("SourceUseNamedClipboard") != Some(false)).unwrap_or(Clipboard::System);
    let text = runner.clipboard(&source)?;
    runner.set_clipboard(&Clipboard::target(action), text)?;
    Ok(Flow::Next)
}

fn cut_copy_paste(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    if action.word("Action") != Some("Paste") {
        return Err(Trouble::Failed("nothing is selected here that could be copied".into()));
    }
    let text = runner.clipboard(&Clipboard::System)?;
    runner.sinks.record(Sink::Typed, text);
    Ok(Flow::Next)
}

fn paste_named(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let named = Clipboard::named(&action.fields, &[]).filter(|_| action.word("Action") == Some("Paste"));
    let named = named.ok_or_else(|| Trouble::Failed("nothing is selected here that could be copied".into()))?;
    let text = runner.clipboard(&named)?;
    runner.sinks.record(Sink::Typed, text);
    Ok(Flow::Next)
}

fn delete_past_clipboard(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let number = runner.past_number(action)?;
    runner.delete_past_clipboard(number)?;
    Ok(Flow::Next)
}

fn set_to_past_clipboard(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let number = runner.past_number(action)?;
    let text = runner.past_clipboard(number)?;
    runner.set_clipboard(&Clipboard::target(action), text)?;
    Ok(Flow::Next)
}

fn set_clipboard_to_text(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    if action.flag("JustDisplay") == Some(true) {
        runner.sinks.record(Sink::Notifications, text);
    } else {
        runner.set_clipboard(&Clipboard::target(action), text)?;
    }
    Ok(Flow::Next)
}

fn set_clipboard_to_variable(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.read(variable_name(action)?)?.unwrap_or_default();
    runner.set_clipboard(&Clipboard::target(action), text)?;
    Ok(Flow::Next)
}

fn set_find_pasteboard(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    runner.sinks.record(Sink::System, format!("search for “{text}” next"));
    Ok(Flow::Next)
}

fn set_variable_to_clipboard(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.clipboard(&Clipboard::target(action))?;
    runner.set(variable_name(action)?, &text)?;
    Ok(Flow::Next)
}
