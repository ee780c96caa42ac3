//! Other runs and semaphores of the host in memory: what a macro does with them is noted, and nothing runs.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        data::Macro,
        host::{Host, HostError, Others, Runs, Semaphores, Switch},
    },
    MemoryHost,
};

impl Runs for MemoryHost {
    fn instance(&mut self) -> String {
        "1".into()
    }

    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError> {
        Ok(self.macros.iter().find(|definition| definition.uid.eq_ignore_ascii_case(uid)).cloned())
    }

    fn start_macro(&mut self, uid: &str, parameter: Option<&str>) -> Result<String, HostError> {
        self.begun.push((uid.to_owned(), parameter.map(str::to_owned)));
        Ok((self.begun.len() + 1).to_string())
    }

    fn cancel_others(&mut self, which: &Others) -> Result<u64, HostError> {
        let before = self.executing.len();
        let name_of = |uid: &str| self.macros.iter().find(|one| one.uid == uid).map(|one| one.name.clone());
        let gone: Vec<bool> = self
            .executing
            .iter()
            .map(|uid| match which {
                Others::All => true,
                Others::Of(macro_) => uid == macro_ || name_of(uid).as_ref() == Some(macro_),
            })
            .collect();
        let mut gone = gone.into_iter();
        self.executing.retain(|_| !gone.next().unwrap_or_default());
        Ok((before - self.executing.len()) as u64)
    }

    fn is_executing(&mut self, uid: &str) -> Result<bool, HostError> {
        Ok(self.executing.iter().any(|one| one.eq_ignore_ascii_case(uid)))
    }

    fn switch_macro(&mut self, uid: &str, switch: Switch) -> Result<(), HostError> {
        self.switched.push((uid.to_owned(), switch));
        Ok(())
    }
}

impl Semaphores for MemoryHost {
    fn lock(&mut self, name: &str, limit: Option<Duration>) -> Result<bool, HostError> {
        if self.semaphores.get(name) == Some(&false) {
            // Another run never gives it back here; only the clock goes on.
            let limit = limit.ok_or(HostError::Cancelled)?;
            return self.sleep(limit).map(|()| false);
        }
        self.semaphores.insert(name.to_owned(), true);
        Ok(true)
    }

    fn unlock(&mut self, name: &str) -> Result<bool, HostError> {
        let held = self.semaphores.get(name) == Some(&true);
        if held {
            self.semaphores.remove(name);
        }
        Ok(held)
    }

    fn reset(&mut self, name: &str) -> Result<(), HostError> {
        self.semaphores.remove(name);
        Ok(())
    }

    fn unlock_all(&mut self) {
        self.semaphores.retain(|_, held| !*held);
    }
}
