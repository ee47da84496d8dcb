use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::control::{CancelToken, Control};

const DATA: [&str; 3] = ["data-1", "runs", "nothing"];

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn ours() -> Passphrase {
    passphrase("correct horse")
}

/// What a shop might leave behind.
fn project() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for folder in ["data-1", "runs/20260102-030405-678/model", "data-0-left"] {
        fs::create_dir_all(temp.path().join(folder)).unwrap();
    }
    for (path, content) in [
        ("project.json", "{\"name\":\"Secret Shop\"}"),
        ("data-1/shop.columns", "Alice bought lace"),
        ("data-0-left/shop.columns", "Alice, half"),
        ("runs.sqlite", "a database"),
        ("runs/20260102-030405-678/model/weights", "0.5"),
        ("notes of mine.txt", "not of the project"),
    ] {
        fs::write(temp.path().join(path), content).unwrap();
    }
    temp
}

fn locked(folder: &Path) -> Locking {
    let database = Converted { path: "runs.sqlite", content: b"Alice as rows".to_vec() };
    lock(folder, &ours(), &DATA, Some(database), &Control::default()).unwrap()
}

fn open_again(folder: &Path) {
    keyring::forget(folder);
    keyring::add(folder, &ours()).unwrap();
}

fn read(path: PathBuf) -> String {
    String::from_utf8(files::read(&path).unwrap()).unwrap()
}

/// Path and content of all files below a folder.
fn on_disk(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(on_disk(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

fn show_nothing(folder: &Path) {
    let secrets = ["Secret", "Alice", "0.5", "data-1", "shop.columns", "20260102", "model"];
    for (path, bytes) in on_disk(folder) {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        for secret in secrets {
            assert!(!name.contains(secret), "{name}");
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{name}");
        }
    }
}

#[test]
fn a_locked_project_shows_nothing_and_opens_by_its_passphrase() {
    let temp = project();
    let folder = temp.path();
    let locking = locked(folder);
    assert_eq!(locking.files, 4);
    assert_eq!(locking.in_clear, [folder.join("notes of mine.txt")]);
    fs::remove_file(folder.join("notes of mine.txt")).unwrap();
    show_nothing(folder);
    assert!(is_locked(folder));
    keyring::forget(folder);
    assert!(!keyring::holds(folder));
    assert!(!files::exists(&folder.join("data-1/shop.columns")));
    let wrong = keyring::add(folder, &passphrase("Correct horse")).unwrap_err();
    assert!(matches!(wrong, VaultError::WrongPassphrase { .. }), "{wrong}");
    keyring::add(folder, &ours()).unwrap();
    assert!(keyring::holds(folder));
    assert_eq!(read(folder.join("project.json")), "{\"name\":\"Secret Shop\"}");
    assert_eq!(read(folder.join("data-1/shop.columns")), "Alice bought lace");
    assert_eq!(read(folder.join("runs.sqlite")), "Alice as rows");
    assert!(!files::exists(&folder.join("data-0-left")), "leftovers are not kept");
}

#[test]
fn files_of_a_locked_project_come_and_go_encrypted() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let run = folder.join("runs/20260102-030405-679");
    files::create_dir(&run).unwrap();
    let again = files::create_dir(&run).unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
    files::create_dir_all(&run.join("model.partial")).unwrap();
    files::write(&run.join("model.partial/weights"), b"Alice").unwrap();
    files::rename(&run.join("model.partial"), &run.join("model")).unwrap();
    assert!(!files::exists(&run.join("model.partial")));
    assert_eq!(read(run.join("model/weights")), "Alice");
    files::write(&run.join("model/weights"), b"Alice again").unwrap();
    let mut part = [0; 5];
    let mut reader = files::open(&run.join("model/weights")).unwrap();
    assert_eq!(reader.size().unwrap(), 11);
    reader.read_exact_at(6, &mut part).unwrap();
    assert_eq!(&part, b"again");
    let nowhere = files::write(&folder.join("runs/none/weights"), b"x").unwrap_err();
    assert_eq!(nowhere.kind(), std::io::ErrorKind::NotFound);
    let mut names = files::folders(&folder.join("runs")).unwrap();
    names.sort();
    assert_eq!(names, ["20260102-030405-678", "20260102-030405-679"]);
    fs::remove_file(folder.join("notes of mine.txt")).unwrap();
    show_nothing(folder);
    let before = on_disk(&folder.join("vault")).len();
    files::remove_dir_all(&run).unwrap();
    assert_eq!(on_disk(&folder.join("vault")).len(), before - 1);
    assert!(files::read(&run.join("model/weights")).is_err());
}

#[test]
fn a_file_that_was_not_finished_is_not_there() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let path = folder.join("data-1/shop.columns");
    let before = on_disk(folder);
    let mut writer = files::create(&path).unwrap();
    writer.write_all(b"half").unwrap();
    drop(writer);
    assert_eq!(read(path), "Alice bought lace");
    assert_eq!(on_disk(folder), before);
}

#[test]
fn what_a_killed_process_left_is_removed_at_opening() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let before = on_disk(folder);
    let stray = folder.join("vault/0123456789abcdef0123456789abcdef.age");
    fs::write(&stray, b"half of a file").unwrap();
    fs::create_dir(folder.join("data-9")).unwrap();
    fs::write(folder.join("data-9/shop.columns"), b"Alice, in clear").unwrap();
    fs::write(folder.join("runs.sqlite-journal"), b"Alice, in clear").unwrap();
    // Somebody is writing this one.
    let busy = folder.join("vault/00000000000000000000000000000000.age");
    let held = fs::File::create(&busy).unwrap();
    held.lock().unwrap();
    open_again(folder);
    assert!(busy.exists());
    drop(held);
    open_again(folder);
    assert_eq!(on_disk(folder), before);
}

#[test]
fn locks_of_the_system_work_below_a_random_name() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let path = folder.join("runs/20260102-030405-678/lock");
    let first = files::lock_file(&path).unwrap();
    first.try_lock().unwrap();
    let second = files::lock_file(&path).unwrap();
    assert!(second.try_lock().is_err());
    drop(first);
    second.try_lock().unwrap();
    fs::remove_file(folder.join("notes of mine.txt")).unwrap();
    show_nothing(folder);
}

#[test]
fn unlocking_gives_the_files_back() {
    let temp = project();
    let folder = temp.path();
    let before = on_disk(folder);
    locked(folder);
    let restore = |content: &[u8], path: &Path| {
        assert_eq!(content, b"Alice as rows");
        fs::write(path, b"a database")
    };
    let wrong = unlock(folder, &passphrase("no"), "runs.sqlite", restore, &Control::default());
    assert!(matches!(wrong, Err(VaultError::WrongPassphrase { .. })));
    assert!(is_locked(folder));
    unlock(folder, &ours(), "runs.sqlite", restore, &Control::default()).unwrap();
    assert!(!keyring::holds(folder));
    let kept: Vec<_> = before
        .into_iter()
        .filter(|(path, _)| !path.starts_with(folder.join("data-0-left")))
        .collect();
    assert_eq!(on_disk(folder), kept);
    let again = unlock(folder, &ours(), "runs.sqlite", restore, &Control::default());
    assert!(matches!(again, Err(VaultError::NotLocked { .. })));
}

#[test]
fn an_unlocking_that_fails_leaves_nothing_in_clear() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let before = on_disk(folder);
    let full = |_: &[u8], _: &Path| Err(std::io::ErrorKind::StorageFull.into());
    let failed = unlock(folder, &ours(), "runs.sqlite", full, &Control::default());
    assert!(matches!(failed, Err(VaultError::Io { .. })), "{failed:?}");
    assert_eq!(on_disk(folder), before);
    open_again(folder);
    assert_eq!(read(folder.join("data-1/shop.columns")), "Alice bought lace");
}

#[test]
fn a_locking_that_fails_leaves_the_project_as_it_was() {
    let temp = project();
    let folder = temp.path();
    let before = on_disk(folder);
    let cancelled = CancelToken::default();
    cancelled.cancel();
    let control = Control::new(cancelled, |_| {});
    let stopped = lock(folder, &ours(), &DATA, None, &control).unwrap_err();
    assert!(matches!(stopped, VaultError::Cancelled(_)), "{stopped}");
    assert_eq!(on_disk(folder), before);
    // The last step, which would make it count, meets an obstacle.
    fs::create_dir(folder.join("project.new")).unwrap();
    let refused = lock(folder, &ours(), &DATA, None, &Control::default()).unwrap_err();
    assert!(matches!(refused, VaultError::Io { .. }), "{refused}");
    fs::remove_dir(folder.join("project.new")).unwrap();
    assert_eq!(on_disk(folder), before);
    assert!(!is_locked(folder));
    // A killed one leaves parts, which the next removes.
    fs::create_dir(folder.join("vault")).unwrap();
    fs::write(folder.join("vault/half.age"), b"half").unwrap();
    locked(folder);
    assert!(!folder.join("vault/half.age").exists());
    let twice = lock(folder, &ours(), &DATA, None, &Control::default()).unwrap_err();
    assert!(matches!(twice, VaultError::AlreadyLocked { .. }), "{twice}");
}

#[test]
fn another_passphrase_takes_the_place_of_the_old_one() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let new = passphrase("battery staple");
    let wrong = change_passphrase(folder, &new, &new).unwrap_err();
    assert!(matches!(wrong, VaultError::WrongPassphrase { .. }), "{wrong}");
    change_passphrase(folder, &ours(), &new).unwrap();
    keyring::forget(folder);
    assert!(keyring::add(folder, &ours()).is_err());
    keyring::add(folder, &new).unwrap();
    assert_eq!(read(folder.join("data-1/shop.columns")), "Alice bought lace");
}

#[test]
fn damaged_exchanged_and_missing_files_are_told() {
    let temp = project();
    let folder = temp.path();
    locked(folder);
    let other = project();
    locked(other.path());
    let vault = folder.join("vault");
    let path_of = |name: &str| {
        let entry = files::stamp(&folder.join(name)).unwrap().unwrap();
        vault.join(entry).with_extension("age")
    };
    let (columns, weights) =
        (path_of("data-1/shop.columns"), path_of("runs/20260102-030405-678/model/weights"));
    let good = fs::read(&columns).unwrap();
    fs::copy(&weights, &columns).unwrap();
    let error = files::read(&folder.join("data-1/shop.columns")).unwrap_err();
    assert!(error.to_string().contains("it is another file"), "{error}");
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    fs::write(&columns, &bad).unwrap();
    let error = files::read(&folder.join("data-1/shop.columns")).unwrap_err();
    assert!(error.to_string().contains("not as it was written"), "{error}");
    fs::write(&columns, &good).unwrap();
    let index = fs::read(vault.join("index.age")).unwrap();
    fs::copy(other.path().join("vault/index.age"), vault.join("index.age")).unwrap();
    let error = keyring::add(folder, &ours()).unwrap_err();
    assert!(error.to_string().contains("belongs to another project"), "{error}");
    fs::write(vault.join("index.age"), index).unwrap();
    let key = fs::read(folder.join("key.age")).unwrap();
    fs::write(folder.join("key.age"), &key[..50]).unwrap();
    let error = keyring::add(folder, &ours()).unwrap_err();
    assert!(matches!(error, VaultError::Damaged { .. }), "{error}");
    fs::remove_file(folder.join("key.age")).unwrap();
    assert!(matches!(keyring::add(folder, &ours()).unwrap_err(), VaultError::Io { .. }));
    fs::write(folder.join("key.age"), key).unwrap();
    keyring::add(folder, &ours()).unwrap();
}

#[test]
fn passphrases_come_from_a_file_and_are_not_shown() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("secret");
    for text in ["correct horse", "correct horse\n", "correct horse\r\n"] {
        fs::write(&path, text).unwrap();
        let read = Passphrase::from_file(&path).unwrap();
        assert_eq!(read, ours());
        assert_eq!(format!("{read:?}"), "Passphrase(…)");
    }
    for text in ["", "\n", &"x".repeat(5000)] {
        fs::write(&path, text).unwrap();
        assert!(Passphrase::from_file(&path).is_err(), "{} bytes", text.len());
    }
    assert!(Passphrase::new(String::new()).is_none());
}
