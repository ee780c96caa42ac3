//! What is known of a file.

use std::path::Path;

use super::{
    super::{
        super::{
            super::{
                data::Action,
                host::{FileChange, FileInfo, FileKind},
                place::Place,
                portability::{refused, target, text_refusal},
                profile::Profile,
                table::Mode,
            },
            Flow, Trouble,
            state::Runner,
        },
        fields::variable_name,
    },
    first, path_of, path_refusal,
};

const PATH: [&str; 3] = ["Path", "Source", "File"];
const VALUE: [&str; 4] = ["Value", "Text", "Expression", "AttributeValue"];

/// What can be asked of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Path,
    Parent,
    Name,
    BaseName,
    Extension,
    Size,
    Created,
    Modified,
    Accessed,
    Kind,
    IsFolder,
    IsFile,
    Exists,
    Permissions,
    Owner,
    Readable,
    Writable,
    Executable,
    Hidden,
    Locked,
}

impl Attribute {
    /// The attribute of this name; case and spaces do not matter.
    fn named(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match plain.as_str() {
            "path" | "fullpath" | "posixpath" => Self::Path,
            "parent" | "parentpath" | "folder" | "directory" => Self::Parent,
            "name" | "filename" => Self::Name,
            "basename" | "namewithoutextension" | "stem" => Self::BaseName,
            "extension" | "nameextension" | "fileextension" => Self::Extension,
            "size" | "filesize" | "datasize" | "datafilesize" | "length" => Self::Size,
            "created" | "creationdate" | "datecreated" | "creation" => Self::Created,
            "modified" | "modificationdate" | "datemodified" | "modification" | "lastmodified" => Self::Modified,
            "accessed" | "accessdate" | "dateaccessed" | "lastopened" => Self::Accessed,
            "kind" | "type" | "filekind" => Self::Kind,
            "isfolder" | "isdirectory" => Self::IsFolder,
            "isfile" | "isregularfile" => Self::IsFile,
            "exists" => Self::Exists,
            "permissions" | "posixpermissions" | "mode" => Self::Permissions,
            "owner" | "ownername" | "useraccount" => Self::Owner,
            "readable" | "isreadable" => Self::Readable,
            "writable" | "iswritable" | "writeable" => Self::Writable,
            "executable" | "isexecutable" => Self::Executable,
            "hidden" | "invisible" | "ishidden" | "isinvisible" => Self::Hidden,
            "locked" | "islocked" => Self::Locked,
            _ => return None,
        })
    }

    /// What it is of a path alone; `None` when the file has to be looked at.
    fn of_path(self, path: &Path) -> Option<String> {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
        Some(match self {
            Self::Path => path.to_string_lossy().into_owned(),
            Self::Parent => path.parent().unwrap_or(path).to_string_lossy().into_owned(),
            Self::Name => text(path.file_name()),
            Self::BaseName => text(path.file_stem()),
            Self::Extension => text(path.extension()),
            Self::Hidden => u8::from(text(path.file_name()).starts_with('.')).to_string(),
            _ => return None,
        })
    }

    /// What it is of a file. Times are seconds since 1970, as `%ICUDateTimeFor%` takes them.
    fn of_file(self, info: &FileInfo) -> String {
        let seconds = |time: Option<jiff::Timestamp>| time.map(|time| time.as_second().to_string()).unwrap_or_default();
        let flag = |holds: bool| u8::from(holds).to_string();
        match self {
            Self::Size => info.size.to_string(),
            Self::Created => seconds(info.created),
            Self::Modified => seconds(info.modified),
            Self::Accessed => seconds(info.accessed),
            Self::Kind => match info.kind {
                FileKind::File => "file".into(),
                FileKind::Folder => "folder".into(),
                FileKind::Link => "link".into(),
                FileKind::Special => "special".into(),
            },
            Self::IsFolder => flag(info.kind == FileKind::Folder),
            Self::IsFile => flag(info.kind == FileKind::File),
            Self::Permissions => format!("{:03o}", info.permissions),
            Self::Owner => info.owner.clone(),
            Self::Readable => flag(info.allowed[0]),
            Self::Writable => flag(info.allowed[1]),
            Self::Executable => flag(info.allowed[2]),
            Self::Locked => flag(info.permissions & 0o222 == 0),
            Self::Exists => flag(true),
            Self::Path | Self::Parent | Self::Name | Self::BaseName | Self::Extension | Self::Hidden => String::new(),
        }
    }
}

fn attribute_refusal(action: &Action) -> Option<String> {
    let name = action.word("Attribute").unwrap_or_default();
    Attribute::named(name).is_none().then(|| format!("the attribute “{name}” needs macOS, or kmtop does not know it"))
}

pub(super) fn check_get(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let reason = attribute_refusal(action).or_else(|| path_refusal(action, &PATH, profile));
    refused(reason.or_else(|| target(action, profile)))
}

pub(super) fn get(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let attribute = Attribute::named(action.word("Attribute").unwrap_or_default());
    let attribute = attribute.ok_or_else(|| Trouble::Failed("it asks for an attribute that is not known here".into()))?;
    let path = path_of(runner, action, &PATH)?;
    let text = match attribute.of_path(&path) {
        Some(text) => text,
        None => match runner.host.file_info(&path, true)? {
            Some(info) => attribute.of_file(&info),
            None if attribute == Attribute::Exists => "0".into(),
            None => return Err(Trouble::Failed(format!("“{}”: no such file or folder", path.display()))),
        },
    };
    runner.set(variable_name(action)?, &text)?;
    Ok(Flow::Next)
}

pub(super) fn check_set(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let name = action.word("Attribute").unwrap_or_default();
    let unknown = match Attribute::named(name) {
        Some(Attribute::Permissions | Attribute::Modified | Attribute::Locked) => None,
        _ => Some(format!("setting the attribute “{name}” needs macOS, or kmtop does not know it")),
    };
    let value = first(action, &VALUE).and_then(|value| text_refusal(value, profile));
    refused(unknown.or_else(|| path_refusal(action, &PATH, profile)).or(value))
}

pub(super) fn set(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let path = path_of(runner, action, &PATH)?;
    let value = VALUE.iter().find_map(|key| action.text(key)).unwrap_or_default();
    let change = match Attribute::named(action.word("Attribute").unwrap_or_default()) {
        Some(Attribute::Permissions) => {
            let text = runner.expand(&value, super::super::super::super::tokens::Escapes::Keep)?;
            let bits = u32::from_str_radix(text.trim(), 8).ok().filter(|bits| *bits <= 0o7777);
            let bits = bits.ok_or_else(|| Trouble::Failed(format!("“{text}” is no set of permissions such as 644")))?;
            FileChange { permissions: Some(bits), ..FileChange::default() }
        }
        Some(Attribute::Modified) => {
            let seconds = runner.number(&value)?;
            let time = jiff::SignedDuration::try_from_secs_f64(seconds).ok();
            let time = time.and_then(|since| jiff::Timestamp::from_duration(since).ok());
            let time = time.ok_or_else(|| Trouble::Failed(format!("{seconds} is no time in seconds since 1970")))?;
            FileChange { modified: Some(time), ..FileChange::default() }
        }
        Some(Attribute::Locked) => {
            let locked = runner.number(&value)? != 0.0;
            let info = runner.host.file_info(&path, true)?;
            let info = info.ok_or_else(|| Trouble::Failed(format!("“{}”: no such file or folder", path.display())))?;
            let permissions = if locked { info.permissions & !0o222 } else { info.permissions | 0o200 };
            FileChange { permissions: Some(permissions), ..FileChange::default() }
        }
        _ => return Err(Trouble::Failed("it sets an attribute that is not known here".into())),
    };
    runner.host.change_file(&path, &change)?;
    Ok(Flow::Next)
}
