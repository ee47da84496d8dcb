//! A policy from files to a project folder: what it takes away is nowhere in it.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::{ParquetReader, SerReader as _};

use super::*;
use crate::control::Control;
use crate::dataset::load::{LoadError, LoadRequest, Loaded, WarningKind, load};
use crate::dataset::project::Project;

/// Ids that must not be seen again; those of rows that are left out, too.
const SECRETS: [&str; 8] = [
    "alice-4711",
    "bob-0815",
    "carol-9999",
    "dave-1234",
    "eve-5555",
    // Columns left out, and what texts hold.
    "Geheimstrasse",
    "anna@web.de",
    "1712345678",
];

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A shop with every kind of row that leaves traces in a report.
fn request(folder: &Path, policy: PrivacyPolicy) -> LoadRequest {
    let mut events = b"user_id,item_id,timestamp,event,review,price\n\
        alice-4711,P1,2020-01-01T10:00:00Z,view,,1\n\
        alice-4711,P2,2020-01-08T11:30:00Z,purchase,,2\n\
        alice-4711,P2,2020-01-08T11:30:00Z,purchase,,2\n\
        bob-0815,P1,2020-01-02T09:00:00Z,review,mail anna@web.de or +49 1712345678,3\n\
        carol-9999,P1,2020-01-03T09:00:00Z,frobnicate,,3\n\
        dave-1234,P1,when it rained,view,,3\n\
        eve-5555,P1,2020-01-03T09:00:00Z,view\n\
        ,P1,2020-01-03T09:00:00Z,view,carol-9999,4\n"
        .to_vec();
    // Not UTF-8: such rows are examples of a warning.
    events.extend_from_slice(b"dave-1234,P3,2020-01-04T09:00:00Z,view,caf\xe9 dave-1234,x\n");
    events.extend_from_slice(b"bob-0815,P4,2020-01-04T09:00:00Z,review,caf\xe9,1\n");
    let users = b"user_id,age,street,town\n\
        alice-4711,37,Geheimstrasse 1,10115\n\
        bob-0815,31,Geheimstrasse 2,10999\n\
        bob-0815,31,Geheimstrasse 2,10999\n\
        carol-9999,old,Geheimstrasse 3,20095\n";
    LoadRequest {
        name: "shop".to_owned(),
        events: vec![write(folder, "events.csv", &events)],
        users: vec![write(folder, "users.csv", users)],
        privacy: PrivacyRequest {
            key: policy.pseudonymise.then(|| PseudonymKey::generate().unwrap()),
            policy,
            key_file: None,
        },
        ..LoadRequest::default()
    }
}

fn strict() -> PrivacyPolicy {
    PrivacyPolicy::from_toml(
        "pseudonymise = true\nmask_text = true\ndrop_columns = [\"Street\"]\nmin_group_size = 2\n\
         [generalise]\nage = \"bands:10\"\ntown = \"prefix:2\"\ntime = \"week\"\n",
    )
    .unwrap()
}

fn loaded(request: &LoadRequest) -> Loaded {
    load(request, &Control::default()).unwrap()
}

/// All bytes of a folder's files, those of tables also as the text that they hold.
fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        found.push((path.clone(), String::from_utf8_lossy(&bytes).into_owned()));
        if path.extension().is_some_and(|extension| extension == "parquet") {
            let frame = ParquetReader::new(fs::File::open(&path).unwrap()).finish().unwrap();
            let texts: Vec<String> = frame
                .columns()
                .iter()
                .flat_map(|column| {
                    (0..column.len()).map(|row| column.get(row).unwrap().to_string())
                })
                .collect();
            found.push((path, texts.join("\n")));
        }
    }
    found
}

fn secrets_in(folder: &Path) -> Vec<String> {
    let found = |(path, text): &(PathBuf, String)| {
        let secrets = SECRETS.iter().filter(|secret| text.contains(**secret));
        secrets.map(|secret| format!("{secret} in {}", path.display())).collect::<Vec<_>>()
    };
    contents(folder).iter().flat_map(found).collect()
}

#[test]
fn nothing_that_the_policy_takes_away_reaches_the_project() {
    let temp = tempfile::tempdir().unwrap();
    let request = request(temp.path(), strict());
    let loaded = loaded(&request);
    let project = temp.path().join("project");
    Project::create(&project, &loaded, &Control::default()).unwrap();
    assert_eq!(secrets_in(&project), Vec::<String>::new());
    let report = &loaded.report;
    assert!(report.rows_rejected() >= 5, "{report:?}");
    assert!(!format!("{report:?}").contains("dave"), "{report:?}");
    // What is left is of use.
    let (_, dataset, report) = Project::open(&project, &Control::default()).unwrap();
    let key = request.privacy.key.as_ref().unwrap();
    let alice = dataset.user(&key.pseudonym("alice-4711")).unwrap();
    let ages = &dataset.user_attributes[0];
    assert_eq!((ages.name.as_str(), ages.values.get(alice.index())), ("age", Some("30-39")));
    let names: Vec<_> = dataset.user_attributes.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["age", "town"]);
    assert_eq!(dataset.user_attributes[1].values.get(alice.index()), Some("10*"));
    // 2020-01-01 lies in the week from Monday, 30 December 2019.
    assert_eq!(dataset.interactions.span_ms(), Some((1_577_664_000_000, 1_578_268_800_000)));
    let texts: Vec<_> = dataset.interactions.texts().pool().iter().map(AsRef::as_ref).collect();
    assert!(texts.contains(&"mail [email] or [phone]"), "{texts:?}");
    assert_eq!(dataset.min_group_size, 2);
    let outcome = &report.provenance.privacy;
    assert_eq!(outcome.key_fingerprint.as_deref(), Some(key.fingerprint().as_str()));
    assert_eq!(outcome.generalised[0].left_out, 1);
    assert!(outcome.texts.iter().all(|finding| finding.masked));
    let groups = outcome.groups.as_ref().unwrap();
    assert_eq!((groups.combinations, groups.combinations_below, groups.smallest), (2, 1, 1));
}

/// The test above can fail: without a policy all of it is there.
#[test]
fn without_a_policy_everything_is_kept() {
    let temp = tempfile::tempdir().unwrap();
    let loaded = loaded(&request(temp.path(), PrivacyPolicy::default()));
    let project = temp.path().join("project");
    Project::create(&project, &loaded, &Control::default()).unwrap();
    let found = secrets_in(&project).join("\n");
    for secret in SECRETS {
        assert!(found.contains(secret), "{secret} is not in {found}");
    }
    let warning = loaded.report.warnings.iter().find(|one| one.kind == WarningKind::PersonalData);
    let warning = warning.unwrap();
    assert_eq!(warning.count, 2);
    assert_eq!(warning.examples, ["a***@***.de", "***78 (12 digits)"]);
}

#[test]
fn one_key_joins_imports_up_and_another_does_not() {
    let temp = tempfile::tempdir().unwrap();
    let policy = PrivacyPolicy { pseudonymise: true, ..PrivacyPolicy::default() };
    let first = request(temp.path(), policy);
    let ids = |request: &LoadRequest| -> Vec<String> {
        loaded(request).dataset.users.iter().map(str::to_owned).collect()
    };
    assert_eq!(ids(&first), ids(&first));
    let other_key = Some(PseudonymKey::generate().unwrap());
    let privacy = PrivacyRequest { key: other_key, ..first.privacy.clone() };
    let other = LoadRequest { privacy, ..first.clone() };
    assert!(ids(&first).iter().all(|id| !ids(&other).contains(id)));
    let privacy = PrivacyRequest { key: None, ..first.privacy.clone() };
    let keyless = load(&LoadRequest { privacy, ..first }, &Control::default()).unwrap_err();
    assert!(matches!(keyless, LoadError::Privacy(PrivacyError::NoKey)), "{keyless}");
}

#[test]
fn an_error_shows_no_row_either() {
    let temp = tempfile::tempdir().unwrap();
    let policy = PrivacyPolicy { pseudonymise: true, ..PrivacyPolicy::default() };
    let mut request = request(temp.path(), policy);
    request.events =
        vec![write(temp.path(), "bad.csv", b"user_id,item_id,event\nalice-4711,P1,frob\n")];
    let message = load(&request, &Control::default()).unwrap_err().to_string();
    assert!(message.contains("line 2") && !message.contains("alice"), "{message}");
}

#[test]
fn a_misspelt_column_stops_the_import() {
    let temp = tempfile::tempdir().unwrap();
    for (rule, part) in [
        ("drop_columns = [\"stret\"]", "\"stret\""),
        ("[generalise]\nagee = \"bands:5\"", "\"agee\""),
        ("[generalise]\nprice = \"bands:5\"", "Drop it instead"),
        ("[generalise]\nuser_id = \"prefix:2\"", "Drop it instead"),
    ] {
        let policy = PrivacyPolicy::from_toml(rule).unwrap();
        let error = load(&request(temp.path(), policy), &Control::default()).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    // Leaving out what every row needs is said, too.
    let policy = PrivacyPolicy::from_toml("drop_columns = [\"item_id\"]").unwrap();
    let error = load(&request(temp.path(), policy), &Control::default()).unwrap_err();
    assert!(error.to_string().contains("\"item\""), "{error}");
}

#[test]
fn the_files_are_recorded_with_their_hashes() {
    let temp = tempfile::tempdir().unwrap();
    let request = request(temp.path(), strict());
    let report = loaded(&request).report;
    let provenance = &report.provenance;
    let events = provenance.files.iter().find(|file| file.path == request.events[0]).unwrap();
    let bytes = fs::read(&request.events[0]).unwrap();
    assert_eq!(events.size_bytes, Some(bytes.len() as u64));
    assert_eq!(events.blake3, Some(blake3::hash(&bytes).to_hex().to_string()));
    assert!(!events.changed_while_read && events.modified.is_some());
    assert_eq!(events.rows_read, 10);
    assert_eq!(provenance.program_version, env!("CARGO_PKG_VERSION"));
    assert!(!provenance.revision.0.is_empty());
    assert_eq!(provenance.privacy.policy, strict());
    // Reports of projects that were made before have no such record, and are read all the same.
    let mut json = serde_json::to_value(&report).unwrap();
    json.as_object_mut().unwrap().remove("provenance");
    let old: crate::dataset::load::LoadReport = serde_json::from_value(json).unwrap();
    assert_eq!(old.provenance, Provenance::default());
}
