//! Resources: macros, variables and the frame, listed, read and found by template.
//!
//! Macros and variables are read by the tools of the same purpose, so that rights, records and shared answers are theirs.

mod address;

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    },
    service::RequestContext,
};
use serde_json::{Value, json};

pub(super) use address::{Address, FRAME, MACRO_TEMPLATE, VARIABLE_TEMPLATE};

use super::{Server, cursor};
use crate::{library::Entry, tools::ToolError};

/// Resources on a page.
const PAGE: usize = 200;
/// What is read as JSON.
const JSON: &str = "application/json";
/// The tool that reads a macro.
const READ_MACRO: &str = "km_get_macro";
/// The tool that lists macros.
const LIST_MACROS: &str = "km_list_macros";
/// The tool that reads a variable.
const READ_VARIABLE: &str = "km_get_variable";
/// The tool that lists variables.
const LIST_VARIABLES: &str = "km_list_variables";
/// Who may call this may see the frame.
pub(super) const SEE_FRAME: &str = "system_snapshot";

/// Where a macro stands in the list.
fn place(entry: &Entry) -> (String, &str) {
    (entry.name.to_lowercase(), &entry.uid)
}

fn frame() -> Resource {
    Resource::new(FRAME, "frame")
        .with_title("Frame")
        .with_description("How the server is over the last five minutes: load, pool, tools, alerts, advice, clients")
        .with_mime_type(JSON)
}

fn listed(entry: &Arc<Entry>) -> Resource {
    let enabled = if entry.enabled { "" } else { ", disabled" };
    Resource::new(Address::Macro(entry.uid.clone()).uri(), entry.name.clone())
        .with_description(format!("Macro in {}, {} actions{enabled}", entry.group, entry.actions))
        .with_mime_type(JSON)
}

fn variable(name: &str) -> Resource {
    Resource::new(Address::Variable(name.to_owned()).uri(), name).with_description("Variable").with_mime_type("text/plain")
}

impl Address {
    /// The tool whose callers may read it.
    pub(super) fn reader(&self) -> &'static str {
        match self {
            Self::Frame => SEE_FRAME,
            Self::Macro(_) => READ_MACRO,
            Self::Variable(_) => READ_VARIABLE,
        }
    }
}

impl Server {
    /// One page of all resources: the frame, macros by name, variables by name.
    pub(super) async fn resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let behind = cursor::decode("resources", page)?;
        let (kind, last) = match &behind {
            None => ("", ""),
            Some(key) => key.split_at_checked(1).filter(|(kind, _)| matches!(*kind, "m" | "v")).ok_or_else(cursor::bad)?,
        };
        let mut found = Vec::new();
        let mut next = None;
        if kind.is_empty() && self.offers(SEE_FRAME, context) {
            found.push(frame());
        }
        if kind != "v" && self.offers(READ_MACRO, context) && self.offers(LIST_MACROS, context) {
            let work = async { Ok(()) };
            let may = self.show((LIST_MACROS, "resources/list"), json!({}), context, work).await;
            may.map_err(|error| failed(&error))?;
            next = self.macros_behind(if kind == "m" { Some(last) } else { None }, &mut found)?;
        }
        if next.is_none() && self.offers(READ_VARIABLE, context) && self.offers(LIST_VARIABLES, context) {
            let left = PAGE.saturating_sub(found.len());
            next = if left == 0 {
                Some(String::from("v"))
            } else {
                self.variables_behind((kind == "v" && !last.is_empty()).then_some(last), left, &mut found, context).await?
            };
        }
        let mut listed = ListResourcesResult::with_all_items(found);
        listed.next_cursor = next.map(|key| cursor::encode("resources", &key));
        Ok(listed)
    }

    /// Adds macros to a page; gives the place to go on from when it is full.
    fn macros_behind(&self, last: Option<&str>, found: &mut Vec<Resource>) -> Result<Option<String>, ErrorData> {
        let index = self.toolbox().context().library.index();
        let mut macros: Vec<&Arc<Entry>> = index.macros.iter().collect();
        macros.sort_by_cached_key(|entry| place(entry));
        let start = match last {
            None => 0,
            Some(last) => {
                let (uid, name) = last.split_once(' ').ok_or_else(cursor::bad)?;
                macros.partition_point(|entry| place(entry) <= (name.to_owned(), uid))
            }
        };
        let rest = &macros[start..];
        let shown = &rest[..rest.len().min(PAGE - found.len())];
        found.extend(shown.iter().map(|entry| listed(entry)));
        let last = shown.last().filter(|_| rest.len() > shown.len());
        Ok(last.map(|entry| format!("m{} {}", entry.uid, entry.name.to_lowercase())))
    }

    /// The same for variables, of which at most so many fit.
    async fn variables_behind(
        &self,
        last: Option<&str>,
        most: usize,
        found: &mut Vec<Resource>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Option<String>, ErrorData> {
        let arguments = json!({ "cursor": last, "limit": most });
        let names = self.ask(LIST_VARIABLES, arguments, context).await.map_err(|error| failed(&error))?;
        found.extend(names["names"].as_array().into_iter().flatten().filter_map(Value::as_str).map(variable));
        Ok(names["next_cursor"].as_str().map(|last| format!("v{last}")))
    }

    /// The templates by which resources are found.
    pub(super) fn templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut templates = Vec::new();
        if self.offers(READ_MACRO, context) {
            let template = ResourceTemplate::new(MACRO_TEMPLATE, "macro").with_title("Macro").with_mime_type(JSON);
            templates.push(template.with_description("A macro by UUID: outline, verdicts, triggers, variables, calls"));
        }
        if self.offers(READ_VARIABLE, context) {
            let template = ResourceTemplate::new(VARIABLE_TEMPLATE, "variable").with_title("Variable");
            let template = template.with_mime_type("text/plain");
            templates.push(template.with_description("The value of a global variable by its percent-encoded name"));
        }
        let (templates, next) = cursor::page("templates", &templates, page, PAGE, |template| &template.name)?;
        let mut listed = ListResourceTemplatesResult::with_all_items(templates);
        listed.next_cursor = next;
        Ok(listed)
    }

    /// Reads a resource.
    pub(super) async fn read(
        &self,
        ReadResourceRequestParams { uri, .. }: ReadResourceRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let address = self.address(&uri, context)?;
        let contents = match address {
            Address::Frame => {
                let frame = self.show((SEE_FRAME, "resources/read"), json!({ "uri": uri }), context, self.frame()).await;
                let frame = frame.map_err(|error| failed(&error))?;
                ResourceContents::text(frame.to_string(), &uri).with_mime_type(JSON)
            }
            Address::Macro(uid) => {
                let shown = self.ask(READ_MACRO, json!({ "macro": uid }), context).await;
                let shown = shown.map_err(|error| gone("macro_not_found", &error, &uri))?;
                ResourceContents::text(shown.to_string(), &uri).with_mime_type(JSON)
            }
            Address::Variable(name) => {
                let read = self.ask(READ_VARIABLE, json!({ "name": name }), context).await;
                let read = read.map_err(|error| gone("bad_arguments", &error, &uri))?;
                let value = read["value"].as_str().ok_or_else(|| missing(&uri, "the variable is not set"))?;
                ResourceContents::text(value, &uri)
            }
        };
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    /// What a URI names, if this client may read it.
    pub(super) fn address(&self, uri: &str, context: &RequestContext<RoleServer>) -> Result<Address, ErrorData> {
        let address = Address::parse(uri).filter(|address| self.offers(address.reader(), context));
        address.ok_or_else(|| missing(uri, "there is no such resource; resources/templates/list shows what there can be"))
    }

    /// The frame as JSON: the very object of `kmtop once --json`.
    async fn frame(&self) -> Result<Value, ToolError> {
        let frame = self.toolbox().context().hub.frame().await;
        let frame = frame.ok_or_else(|| ToolError::refused("shutting_down", "the server is shutting down"))?;
        serde_json::to_value(frame).map_err(|error| ToolError::refused("internal", format!("the frame is no JSON: {error}")))
    }

    /// Has a client told when a resource becomes another one.
    pub(super) fn follow(&self, uri: String, context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let address = self.address(&uri, context)?;
        let work = self.toolbox().context();
        if let Address::Macro(uid) = &address
            && work.library.index().get(uid).is_none()
        {
            return Err(missing(&uri, "there is no such macro"));
        }
        self.wishes.begin(self.toolbox(), &context.peer);
        self.wishes.subscribe(uri, address, &work.news)
    }
}

/// The error for a resource that is not there.
pub(super) fn missing(uri: &str, why: &str) -> ErrorData {
    ErrorData::resource_not_found(why.to_owned(), Some(json!({ "uri": uri })))
}

/// What a tool says, as the error of a request.
pub(super) fn failed(error: &ToolError) -> ErrorData {
    ErrorData::internal_error(error.message.clone(), Some(error.structured()))
}

/// The same of one resource: when the tool fails with this code, the resource is not there.
fn gone(code: &str, error: &ToolError, uri: &str) -> ErrorData {
    if error.code == code { missing(uri, &error.message) } else { failed(error) }
}
