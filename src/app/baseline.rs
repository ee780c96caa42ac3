//! The baselines of hosts, in a file of the state folder: a folder may be shared by several machines.

use std::{collections::BTreeMap, fs, path::Path};

use crate::analysis::Baseline;

type Hosts = BTreeMap<String, Baseline>;

fn hosts(path: &Path) -> Hosts {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Hosts::new(),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "the baseline cannot be read; a new one will be taken");
            return Hosts::new();
        }
    };
    serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, path = %path.display(), "the baseline is damaged; a new one will be taken");
        Hosts::new()
    })
}

/// What was kept of this host.
pub(super) fn load(path: &Path, host: &str) -> Option<Baseline> {
    hosts(path).remove(host)
}

/// Keeps a host's baseline; on a thread of its own, for the disk may be slow, and once a minute at most.
pub(super) fn keep(path: &Path, taken: &Baseline) {
    let (path, taken) = (path.to_owned(), taken.clone());
    let write = move || {
        let mut hosts = hosts(&path);
        hosts.insert(taken.host.clone(), taken);
        let fresh = path.with_extension("json.new");
        let written = serde_json::to_string(&hosts).map_err(std::io::Error::other);
        let written = written.and_then(|text| fs::write(&fresh, text)).and_then(|()| fs::rename(&fresh, &path));
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "the baseline cannot be kept");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("baseline".into()).spawn(write) {
        tracing::warn!(%error, "the baseline cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_and_a_damaged_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("baseline.json");
        assert_eq!(load(&path, "mini"), None);
        let mut all = Hosts::new();
        for host in ["mini", "studio"] {
            all.insert(host.to_owned(), Baseline { host: host.to_owned(), taken_ms: 5, ..Baseline::default() });
        }
        fs::write(&path, serde_json::to_string(&all).expect("JSON")).expect("written");
        assert_eq!(load(&path, "studio").map(|baseline| baseline.host), Some("studio".to_owned()));
        fs::write(&path, "{").expect("written");
        assert_eq!(load(&path, "mini"), None);
    }
}
