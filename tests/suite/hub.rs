//! Models from a hub that the test plays, as a script would fetch them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use crate::command_line::Sandbox;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Files by the path that they are asked for; what is not there is answered with 401, as the hub does. A path
/// without content is never answered, and tells so.
struct Hub {
    address: String,
    asked: std::sync::mpsc::Receiver<String>,
}

fn play(pages: BTreeMap<String, Option<Vec<u8>>>) -> Hub {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (told, asked) = std::sync::mpsc::channel();
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let Some(path) = asked_path(&mut stream) else { continue };
            if told.send(path.clone()).is_err() {
                return;
            }
            let reply = match pages.get(&path) {
                Some(None) => {
                    waiting.push(stream);
                    continue;
                }
                Some(Some(content)) => [head("200 OK", content.len()), content.clone()].concat(),
                None => head("401 Unauthorized", 0),
            };
            let _ = stream.write_all(&reply);
        }
    });
    Hub { address, asked }
}

fn head(status: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
        .into_bytes()
}

fn asked_path(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()?.split(' ').nth(1).map(str::to_owned)
}

/// The pages of a hub with a golden model, under the name `shop/bert`.
fn pages() -> BTreeMap<String, Option<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bert/folders/cased");
    let mut pages = BTreeMap::new();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("a golden folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let content = fs::read(entry.path()).expect("readable");
        names.push(format!(r#"{{"rfilename": "{name}", "size": {}}}"#, content.len()));
        pages.insert(format!("/shop/bert/resolve/{COMMIT}/{name}"), Some(content));
    }
    let listing = format!(r#"{{"sha": "{COMMIT}", "siblings": [{}]}}"#, names.join(", "));
    pages.insert(
        "/api/models/shop/bert/revision/main?blobs=true".into(),
        Some(listing.into_bytes()),
    );
    pages
}

#[test]
fn a_model_is_fetched_and_used_by_its_short_name() {
    let sandbox = Sandbox::new();
    let hub = play(pages());
    fs::write(sandbox.path().join("texts.txt"), "red mug\n").expect("written");
    let early = sandbox.failure(&["embed", "shop/bert", "texts.txt"], 2);
    assert!(early.contains("shelfwise download-model shop/bert"), "{early}");
    let fetch = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("HF_ENDPOINT", &hub.address).env_remove("HF_TOKEN");
        command.output().expect("the program starts")
    };
    let output = fetch(&["download-model", "shop/bert", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!((&found["was_there"], &found["origin"]["commit"]), (&false.into(), &COMMIT.into()));
    let vectors = sandbox.json(&["embed", "shop/bert", "texts.txt", "--device", "cpu"]);
    assert_eq!(vectors["vectors"].as_array().map(Vec::len), Some(1));
    let output = fetch(&["download-model", "shop/other"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("has no model shop/other, or it is private"), "{told}");
    assert!(sandbox.failure(&["download-model", "bert"], 2).contains("owner/name"));
}

#[cfg(unix)]
#[test]
fn a_download_that_is_interrupted_leaves_nothing() {
    let sandbox = Sandbox::new();
    let mut pages = pages();
    let weights = format!("/shop/bert/resolve/{COMMIT}/pytorch_model.bin");
    pages.insert(weights.clone(), None);
    let hub = play(pages);
    let mut command = sandbox.command(&["download-model", "shop/bert", "--out", "here/model"]);
    command.env("HF_ENDPOINT", &hub.address).stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().expect("the program starts");
    let patience = std::time::Duration::from_mins(2);
    while hub.asked.recv_timeout(patience).expect("it asks") != weights {}
    let pressed =
        std::process::Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(pressed.expect("kill is there").success());
    let output = running.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let left = fs::read_dir(sandbox.path().join("here")).expect("the folder was made").count();
    assert_eq!(left, 0);
}
