//! `[[hook]]`: programs and addresses that are told of alerts and changes.

use std::{collections::HashMap, process::Stdio, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    process::Command,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::{config::Hook, model::Notice};

/// How long a hook may take.
const LIMIT: Duration = Duration::from_secs(10);
/// A hook is told of one rule at most once in this time.
const EACH: Duration = Duration::from_mins(5);
/// Hooks that run at the same time.
const AT_ONCE: usize = 8;
/// Notices that wait; more are dropped, and the log says so.
const WAITING: usize = 64;

/// Starts the owner of the hooks on the current runtime. The function hands it a notice and never waits; when it is dropped, the owner
/// ends.
pub(super) fn start(hooks: &[Hook]) -> Box<dyn Fn(Notice) + Send> {
    if hooks.is_empty() {
        return Box::new(|_| {});
    }
    let (notices, receiver) = mpsc::channel(WAITING);
    tokio::spawn(run(hooks.to_vec(), receiver));
    Box::new(move |notice| {
        if notices.try_send(notice).is_err() {
            tracing::warn!("a notice is dropped: the hooks before it take too long");
        }
    })
}

async fn run(hooks: Vec<Hook>, mut notices: mpsc::Receiver<Notice>) {
    let mut told: HashMap<(usize, &'static str, String), Instant> = HashMap::new();
    let mut running = JoinSet::new();
    while let Some(notice) = notices.recv().await {
        let now = Instant::now();
        told.retain(|_, at| now.saturating_duration_since(*at) < EACH);
        for (number, hook) in hooks.iter().enumerate().filter(|(_, hook)| hook.on.contains(&notice.event)) {
            let key = (number, notice.event.word(), notice.topic());
            if told.contains_key(&key) {
                continue;
            }
            told.insert(key, now);
            while running.len() >= AT_ONCE {
                running.join_next().await;
            }
            running.spawn(tell(hook.clone(), notice.clone()));
        }
        while running.try_join_next().is_some() {}
    }
    // What was begun may finish; each is limited.
    while running.join_next().await.is_some() {}
}

async fn tell(hook: Hook, notice: Notice) {
    let body = match serde_json::to_vec(&notice) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a notice cannot be written as JSON");
            return;
        }
    };
    let name = if hook.url.is_empty() { hook.command.first().cloned().unwrap_or_default() } else { hook.url.clone() };
    let told = if hook.url.is_empty() {
        program(&hook.command, &body).await
    } else if hook.url.starts_with("https:") {
        // kmtop has no TLS of its own.
        let seconds = LIMIT.as_secs().to_string();
        let words = ["curl", "--silent", "--show-error", "--fail", "--max-time", &seconds, "--header"];
        let rest = ["Content-Type: application/json", "--data-binary", "@-", "--", &hook.url];
        program(&words.iter().chain(&rest).map(|word| (*word).to_owned()).collect::<Vec<_>>(), &body).await
    } else {
        post(&hook.url, body).await
    };
    match told {
        Ok(()) => tracing::debug!(hook = name, event = notice.event.word(), "told"),
        Err(error) => tracing::warn!(hook = name, event = notice.event.word(), "the hook failed: {error}"),
    }
}

/// Runs a program with the notice on its stdin. At the limit it is killed with all that it started.
async fn program(command: &[String], body: &[u8]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("it names no program")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    let finish = async {
        if let Some(mut stdin) = child.stdin.take() {
            // Who does not read it does not want it.
            let _ = stdin.write_all(body).await;
        }
        child.wait().await
    };
    match timeout(LIMIT, finish).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("it ended with {status}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            if let Some(group) = group {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            Err(format!("it took over {} s and was killed", LIMIT.as_secs()))
        }
    }
}

async fn post(url: &str, body: Vec<u8>) -> Result<(), String> {
    let client = reqwest::Client::builder().timeout(LIMIT).build().map_err(|error| error.to_string())?;
    let request = client.post(url).header("Content-Type", "application/json").body(body);
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status())) }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

    use super::*;
    use crate::model::{NoticeKind, Severity};

    fn notice(event: NoticeKind, rule: &str) -> Notice {
        let alert = crate::model::Alert {
            id: 1,
            rule: rule.into(),
            subject: "pool".into(),
            severity: Severity::Warning,
            state: crate::model::AlertState::Firing,
            value: Some(120.0),
            limit: Some(100.0),
            since: 1,
            text: "calls wait".into(),
            evidence: Vec::new(),
        };
        Notice {
            event,
            time_ms: 1,
            host: "mini".into(),
            text: "calls wait".into(),
            alert: Some(alert),
            change: None,
            advice: None,
        }
    }

    fn hook(on: NoticeKind, command: &[&str], url: String) -> Hook {
        Hook { on: vec![on], command: command.iter().map(|word| (*word).to_owned()).collect(), url }
    }

    #[tokio::test]
    async fn a_program_gets_the_notice_once_for_each_rule() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("told");
        let script = format!("cat >> '{0}'; echo >> '{0}'", file.display());
        let hooks = vec![hook(NoticeKind::AlertFiring, &["/bin/sh", "-c", &script], String::new())];
        let (notices, receiver) = mpsc::channel(WAITING);
        for (event, rule) in [
            (NoticeKind::AlertFiring, "queue_wait"),
            (NoticeKind::AlertFiring, "queue_wait"),
            (NoticeKind::AlertResolved, "queue_wait"),
            (NoticeKind::AlertFiring, "cpu"),
        ] {
            notices.send(notice(event, rule)).await.expect("room");
        }
        drop(notices);
        run(hooks, receiver).await;
        let told = std::fs::read_to_string(&file).expect("it was told");
        let mut rules: Vec<String> = told
            .replace("}{", "}\n{")
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str::<Notice>(line).expect("one JSON object"))
            .map(|notice| notice.alert.expect("of an alert").rule)
            .collect();
        rules.sort();
        assert_eq!(rules, ["cpu", "queue_wait"]);
    }

    #[tokio::test]
    async fn an_address_gets_a_post_with_the_notice() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("known");
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a caller");
            let mut stream = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while stream.read_line(&mut head).await.is_ok_and(|read| read > 2) {
                let last = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                length = last.strip_prefix("content-length: ").and_then(|text| text.parse().ok()).unwrap_or(length);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("a body");
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("answered");
            (head, body)
        });
        let hook = hook(NoticeKind::AlertFiring, &[], format!("http://{address}/hook"));
        tell(hook, notice(NoticeKind::AlertFiring, "queue_wait")).await;
        let (request, body) = heard.await.expect("heard");
        assert!(
            request.starts_with("POST /hook") && request.to_ascii_lowercase().contains("content-type: application/json"),
            "{request}"
        );
        assert_eq!(serde_json::from_slice::<Notice>(&body).expect("JSON").host, "mini");
    }

    #[tokio::test]
    async fn a_program_that_fails_or_is_not_there_says_so() {
        let failed = program(&["/bin/sh".into(), "-c".into(), "exit 3".into()], b"{}").await;
        assert!(failed.is_err_and(|error| error.contains('3')));
        let missing = program(&["/nonexistent/program".into()], b"{}").await;
        assert!(missing.is_err_and(|error| error.contains("cannot be started")));
    }
}
