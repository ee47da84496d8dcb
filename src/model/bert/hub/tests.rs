//! Downloads from a hub that is played by this process, on the very thread that downloads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::client::{Hub, Patience};
use super::{Download, Downloaded, HubError, HubModel, downloaded, fetch};
use crate::control::Control;
use crate::model::bert::folder_tests::folder as golden;
use crate::model::bert::pretrained::{Pooling, Pretrained};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS: &str = "pytorch_model.bin";
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    silence: Duration::from_secs(5),
    tries: 3,
    pause: Duration::from_millis(1),
};

/// What the played hub does with a request.
enum Reply {
    /// Status, further header lines, content.
    Whole(&'static str, Vec<String>, Vec<u8>),
    /// Announces all of the content and breaks off after so many bytes of it.
    Cut(Vec<u8>, usize),
    /// Never answers.
    Silence,
}

fn ok(content: impl Into<Vec<u8>>) -> Reply {
    Reply::Whole("200 OK", Vec::new(), content.into())
}

fn status(status: &'static str, headers: &[&str]) -> Reply {
    Reply::Whole(status, headers.iter().map(|&line| line.to_owned()).collect(), Vec::new())
}

/// First line and headers of a request, as they came.
#[derive(Clone)]
struct Request {
    path: String,
    head: String,
}

impl Request {
    fn has(&self, text: &str) -> bool {
        self.head.to_lowercase().contains(&text.to_lowercase())
    }
}

type Handler = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

async fn serve(listener: TcpListener, handler: Handler) {
    while let Ok((stream, _)) = listener.accept().await {
        let handler = handler.clone();
        tokio::spawn(async move { answer(stream, &handler).await });
    }
}

async fn answer(mut stream: TcpStream, handler: &Handler) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1)?.to_owned();
    let (status, headers, content, sent) = match handler(&Request { path, head }) {
        Reply::Whole(status, headers, content) => (status, headers, content.clone(), content.len()),
        Reply::Cut(content, sent) => ("200 OK", Vec::new(), content, sent),
        Reply::Silence => return std::future::pending().await,
    };
    let length = format!("content-length: {}", content.len());
    let lines: Vec<String> =
        headers.iter().chain([&length]).map(|line| format!("{line}\r\n")).collect();
    let lines = lines.concat();
    let head = format!("HTTP/1.1 {status}\r\n{lines}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&content[..sent]).await.ok()?;
    stream.shutdown().await.ok()
}

/// The files of a golden model by path, and the hub's list of them.
struct Shelf {
    files: BTreeMap<String, Vec<u8>>,
    listing: serde_json::Value,
}

impl Shelf {
    fn of(name: &str) -> Self {
        let mut files = BTreeMap::new();
        collect(&golden(name), "", &mut files);
        let listing = listing(&files);
        Self { files, listing }
    }

    /// What a hub answers that plays fair.
    fn reply(&self, request: &Request) -> Reply {
        if request.path.starts_with("/api/") {
            return ok(self.listing.to_string());
        }
        let name = request.path.split(&format!("{COMMIT}/")).nth(1).unwrap_or_default();
        match self.files.get(name) {
            Some(content) => ok(content.clone()),
            None => status("404 Not Found", &["x-error-code: EntryNotFound"]),
        }
    }
}

fn collect(folder: &Path, before: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a golden folder").map(|entry| entry.expect("there")) {
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("readable"));
        }
    }
}

fn sha256(content: &[u8]) -> String {
    let digest = digest(&SHA256, content);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

fn listing(files: &BTreeMap<String, Vec<u8>>) -> serde_json::Value {
    let one = |(name, content): (&String, &Vec<u8>)| {
        let large = json!({"sha256": sha256(content), "size": content.len()});
        json!({"rfilename": name, "size": content.len(), "lfs": large})
    };
    let siblings: Vec<_> = files.iter().map(one).collect();
    json!({"sha": COMMIT, "gated": false, "tags": ["license:apache-2.0"], "siblings": siblings})
}

fn model() -> HubModel {
    "shop/bert".parse().expect("a name")
}

/// Something to download into, and what came of it.
struct Scene {
    place: tempfile::TempDir,
    requests: Arc<Mutex<Vec<Request>>>,
    patience: Patience,
    token: Option<&'static str>,
    control: Control,
}

impl Scene {
    fn new() -> Self {
        Self {
            place: tempfile::tempdir().expect("a folder"),
            requests: Arc::default(),
            patience: PATIENCE,
            token: None,
            control: Control::default(),
        }
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("models").join(model().folder_name())
    }

    /// Downloads from a hub that answers by `handler`, which is told the hub's own address and that of a second
    /// server, where it may send on to.
    fn download(
        &self,
        handler: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static,
    ) -> Result<Download, HubError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let result = runtime.block_on(async {
            let bind = || TcpListener::bind(("127.0.0.1", 0));
            let (own, other) = (bind().await.expect("a port"), bind().await.expect("a port"));
            let [own_address, other_address] = [&own, &other]
                .map(|listener| format!("http://{}", listener.local_addr().expect("an address")));
            let requests = self.requests.clone();
            let handler: Handler = Arc::new(move |request: &Request| {
                requests.lock().expect("no panic").push(request.clone());
                handler(request, &other_address)
            });
            tokio::spawn(serve(own, handler.clone()));
            tokio::spawn(serve(other, handler));
            let hub = Hub::new(&own_address, self.token, self.patience).expect("settings");
            fetch::run(&hub, &model(), &self.folder(), &self.control).await
        });
        runtime.shutdown_background();
        result
    }

    /// The message of a download that fails and leaves nothing behind.
    fn failure(&self, handler: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> String {
        let error = self.download(handler).expect_err("it fails").to_string();
        assert!(!error.contains("secret"), "{error}");
        let left = fs::read_dir(self.place.path().join("models")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{error}");
        error
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }
}

#[test]
fn a_model_is_downloaded_checked_and_put_in_its_place() {
    let (scene, shelf) = (Scene::new(), Shelf::of("doubles"));
    let expected = shelf.files.clone();
    let found = scene.download(move |request, _| shelf.reply(request)).expect("downloaded");
    assert_eq!((found.was_there, &found.folder), (false, &scene.folder()));
    assert_eq!(
        (found.model.commit.as_str(), found.model.license.as_deref()),
        (COMMIT, Some("apache-2.0"))
    );
    for (name, content) in &expected {
        assert_eq!(&fs::read(scene.folder().join(name)).expect("it is there"), content, "{name}");
    }
    let sums: Vec<(&str, u64)> =
        found.model.files.iter().map(|file| (file.name.as_str(), file.bytes)).collect();
    assert_eq!(sums.len(), expected.len());
    assert_eq!(sums[0].0, "config.json", "what can be refused early comes first");
    assert!(sums.iter().all(|&(name, bytes)| expected[name].len() as u64 == bytes));
    let opened = Pretrained::open(Some(&scene.folder())).expect("it opens");
    assert_eq!(opened.pooling, Pooling::First);
    assert_eq!(downloaded(&scene.place.path().join("models")).len(), 1);
    assert_eq!(fs::read_dir(scene.place.path().join("models")).expect("there").count(), 1);
    assert!(!scene.requests().iter().any(|request| request.has("authorization")));
}

#[test]
fn the_same_commit_is_fetched_once_and_another_one_takes_nobodys_place() {
    let scene = Scene::new();
    let shelf = || Shelf::of("cased");
    let first = shelf();
    scene.download(move |request, _| first.reply(request)).expect("downloaded");
    let before = scene.requests().len();
    let second = shelf();
    let again = scene.download(move |request, _| second.reply(request)).expect("it is there");
    assert!(again.was_there);
    assert_eq!(scene.requests().len(), before + 1, "the list of files alone was asked for");
    let mut moved = shelf();
    moved.listing["sha"] = "ffffffffff".into();
    let error =
        scene.download(move |request, _| moved.reply(request)).expect_err("taken").to_string();
    assert!(
        error.contains("shop/bert as it was at commit 0123456") && error.contains("remove it"),
        "{error}"
    );
    assert_eq!(Downloaded::of_folder(&scene.folder()).expect("kept").commit, COMMIT);
}

#[test]
fn redirects_are_followed_and_the_token_stays_at_home() {
    let scene = Scene { token: Some("secret"), ..Scene::new() };
    let shelf = Shelf::of("cased");
    let handle = move |request: &Request, other: &str| match request.path.as_str() {
        path if path.starts_with("/elsewhere/") => {
            ok(shelf.files[path.trim_start_matches("/elsewhere/")].clone())
        }
        path if path.starts_with("/api/models/shop/bert/") => {
            status("307 Temporary Redirect", &["location: /api/renamed"])
        }
        path if path.contains("/resolve/") => {
            let name = path.split(&format!("{COMMIT}/")).nth(1).expect("a file");
            let content = &shelf.files[name];
            let tag = format!("x-linked-etag: \"{}\"", sha256(content));
            status("302 Found", &[&tag, &format!("location: {other}/elsewhere/{name}")])
        }
        _ => shelf.reply(request),
    };
    scene.download(handle).expect("downloaded");
    let requests = scene.requests();
    for request in &requests {
        let is_elsewhere = request.path.starts_with("/elsewhere/");
        assert_eq!(request.has("authorization: bearer secret"), !is_elsewhere, "{}", request.path);
    }
    assert!(requests.iter().any(|request| request.path == "/api/renamed"));
    assert!(requests.iter().any(|request| request.path.starts_with("/elsewhere/")));
}

#[test]
fn a_connection_that_breaks_off_is_gone_on_with_and_given_up_in_the_end() {
    let (scene, shelf, broken) = (Scene::new(), Shelf::of("cased"), AtomicUsize::new(0));
    let weights = shelf.files["pytorch_model.bin"].clone();
    let handle = move |request: &Request, _: &str| {
        if !request.path.ends_with(WEIGHTS) {
            return shelf.reply(request);
        }
        if broken.fetch_add(1, Ordering::SeqCst) == 0 {
            return Reply::Cut(weights.clone(), 5_000);
        }
        let from = request.head.lines().find_map(|line| line.strip_prefix("range: bytes="));
        let from: usize =
            from.and_then(|range| range.trim_end_matches('-').parse().ok()).expect("a range");
        assert!(from > 0 && from <= 5_000, "{from}");
        Reply::Whole("206 Partial Content", Vec::new(), weights[from..].to_vec())
    };
    scene.download(handle).expect("the rest was fetched");
    let (scene, shelf) = (Scene::new(), Shelf::of("cased"));
    let error = scene.failure(move |request, _| match shelf.reply(request) {
        Reply::Whole(_, _, content) if request.path.ends_with(WEIGHTS) => {
            Reply::Cut(content, 5_000)
        }
        fair => fair,
    });
    assert!(error.contains("broke off after") && error.contains("pytorch_model.bin"), "{error}");
    let tries = scene.requests().iter().filter(|request| request.path.ends_with(WEIGHTS)).count();
    assert_eq!(tries, 3);
}

#[test]
fn a_file_that_is_not_what_is_listed_is_thrown_away() {
    let shelf = || Shelf::of("cased");
    let flipped = shelf();
    let error = Scene::new().failure(move |request, _| match flipped.reply(request) {
        Reply::Whole(status, headers, mut content) if request.path.ends_with(WEIGHTS) => {
            content[7_000] ^= 1;
            Reply::Whole(status, headers, content)
        }
        fair => fair,
    });
    assert!(error.contains("pytorch_model.bin arrived damaged"), "{error}");
    // Where the list holds no hashes, what the hub says when it sends on counts.
    let mut unlisted = shelf();
    for sibling in unlisted.listing["siblings"].as_array_mut().expect("files") {
        *sibling = json!({"rfilename": sibling["rfilename"]});
    }
    let error = Scene::new().failure(move |request, _| match unlisted.reply(request) {
        Reply::Whole(status, _, content) if request.path.ends_with(WEIGHTS) => {
            Reply::Whole(status, vec![format!("x-linked-etag: \"{}\"", "0".repeat(64))], content)
        }
        fair => fair,
    });
    assert!(error.contains(&"0".repeat(64)), "{error}");
}

#[test]
fn refusals_say_what_to_do() {
    let listing = |reply: fn() -> Reply| Scene::new().failure(move |_, _| reply());
    let no_such = listing(|| status("401 Unauthorized", &["x-error-code: RepoNotFound"]));
    assert!(no_such.contains("has no model shop/bert, or it is private"), "{no_such}");
    assert!(listing(|| status("404 Not Found", &[])).contains("Check the spelling"));
    let revision = listing(|| status("404 Not Found", &["x-error-code: RevisionNotFound"]));
    assert!(revision.contains("no revision \"main\""), "{revision}");
    assert!(listing(|| status("429 Too Many Requests", &[])).contains("patience"));
    assert!(listing(|| status("503 Service Unavailable", &[])).contains("Try again later"));
    assert!(listing(|| ok("<html>")).contains("Check HF_ENDPOINT"));
    let endless = listing(|| status("302 Found", &["location: /again"]));
    assert!(endless.contains("sends on without end"), "{endless}");
    let inside = listing(|| status("302 Found", &["location: file:///etc/passwd"]));
    assert!(inside.contains("cannot be used"), "{inside}");
    let with_token = |reply: fn(&Request) -> Reply| {
        Scene { token: Some("secret"), ..Scene::new() }.failure(move |request, _| reply(request))
    };
    let refused = with_token(|_| status("401 Unauthorized", &[]));
    assert!(refused.contains("does not accept the token"), "{refused}");
    let gated = with_token(|request| {
        if request.path.starts_with("/api/") {
            return Shelf::of("cased").reply(request);
        }
        status("403 Forbidden", &["x-error-code: GatedRepo"])
    });
    assert!(
        gated.contains("accept its conditions at http://") && gated.contains("/shop/bert"),
        "{gated}"
    );
}

#[test]
fn what_cannot_be_used_is_told_before_its_weights_are_fetched() {
    let gated = Scene::new();
    let error = gated.failure(|request, _| {
        let mut shelf = Shelf::of("cased");
        shelf.listing["gated"] = "manual".into();
        shelf.reply(request)
    });
    assert!(error.contains("is gated"), "{error}");
    assert_eq!(gated.requests().len(), 1);
    let other = Scene::new();
    let error = other.failure(|request, _| {
        let mut shelf = Shelf::of("cased");
        let config = br#"{"model_type": "roberta"}"#.to_vec();
        shelf.files.insert("config.json".into(), config);
        shelf.listing = listing(&shelf.files);
        shelf.reply(request)
    });
    assert!(error.contains("is no BERT") && error.contains("\"roberta\""), "{error}");
    assert_eq!(other.requests().len(), 2, "list and configuration");
    let error = Scene::new().failure(|request, _| {
        let mut shelf = Shelf::of("cased");
        shelf.files.insert("pytorch_model.bin".into(), b"no weights".to_vec());
        shelf.listing = listing(&shelf.files);
        shelf.reply(request)
    });
    assert!(error.contains("was downloaded but cannot be used"), "{error}");
    assert!(!error.contains(".part"), "{error}");
}

#[test]
fn a_download_is_cancelled_while_nothing_comes() {
    for silent in ["/api/", "config.json", WEIGHTS] {
        let (scene, shelf) = (Scene::new(), Shelf::of("cased"));
        let token = scene.control.cancel_token().clone();
        let error = scene.failure(move |request, _| {
            if request.path.contains(silent) {
                token.cancel();
                return Reply::Silence;
            }
            shelf.reply(request)
        });
        assert_eq!(error, "cancelled", "{silent}");
    }
}

#[test]
fn silence_and_nobody_at_home_are_told_apart() {
    let patience = Patience { silence: Duration::from_millis(30), ..PATIENCE };
    let error = Scene { patience, ..Scene::new() }.failure(|_, _| Reply::Silence);
    assert!(error.contains("gave no answer"), "{error}");
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let hub = Hub::new(&address, None, PATIENCE).expect("settings");
    let scene = Scene::new();
    let error = fetch::download(&hub, &model(), &scene.folder(), &scene.control);
    let error = error.expect_err("nobody listens").to_string();
    assert!(error.contains("cannot reach 127.0.0.1:") && error.contains("HF_ENDPOINT"), "{error}");
}

#[test]
fn one_program_downloads_at_a_time_and_what_a_killed_one_left_is_cleared() {
    let (scene, shelf) = (Scene::new(), Shelf::of("cased"));
    let part = scene.folder().with_file_name(".shop--bert.part");
    fs::create_dir_all(part.join("1_Pooling")).expect("made");
    fs::write(part.join("model.safetensors"), "half").expect("written");
    let lock = fs::File::create(part.join(".lock")).expect("made");
    lock.lock().expect("free");
    let busy =
        scene.download(move |request, _| shelf.reply(request)).expect_err("locked").to_string();
    assert!(busy.contains("being downloaded already"), "{busy}");
    assert!(part.join("model.safetensors").exists(), "the other one's file");
    drop(lock);
    let shelf = Shelf::of("cased");
    scene.download(move |request, _| shelf.reply(request)).expect("downloaded");
    assert!(!part.exists() && !scene.folder().join("model.safetensors").exists());
}

#[test]
fn settings_that_cannot_be_used_are_told_without_the_token() {
    let error = |endpoint: &str, token| match Hub::new(endpoint, token, PATIENCE) {
        Ok(_) => panic!("{endpoint} is used"),
        Err(error) => error.to_string(),
    };
    for wrong in ["", "huggingface.co", "file:///tmp", "https://"] {
        assert!(error(wrong, None).contains("HF_ENDPOINT"), "{wrong}");
    }
    let told = error("https://me:secret@huggingface.co", None);
    assert!(told.contains("HF_TOKEN") && !told.contains("secret"), "{told}");
    let told = error("https://huggingface.co", Some("secret\nsauce"));
    assert!(told.contains("HF_TOKEN") && !told.contains("secret"), "{told}");
}
