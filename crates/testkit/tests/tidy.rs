//! What the tree promises about itself: who may know whom, how long a file may be, and that nothing is left undone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The most lines a source file may have.
const LONGEST: usize = 400;

/// What core must not stand on, by the beginning of the package's name.
const FOREIGN: [&str; 16] = [
    "tokio",
    "async-std",
    "smol",
    "axum",
    "hyper",
    "tower",
    "actix",
    "warp",
    "reqwest",
    "sqlx",
    "rusqlite",
    "diesel",
    "sea-orm",
    "riverqueue",
    "redis",
    "tungstenite",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/testkit lies two folders deep").to_owned()
}

/// Every package of ours by name, with its manifest.
fn packages() -> BTreeMap<String, toml::Table> {
    let mut packages = BTreeMap::new();
    for folder in ["crates", "bins"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            if let Ok(text) = fs::read_to_string(&manifest) {
                let table: toml::Table = text.parse().unwrap();
                packages.insert(table["package"]["name"].as_str().unwrap().to_owned(), table);
            }
        }
    }
    packages
}

/// Which of our packages a manifest names in one of its tables.
fn ours(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let of = |table: Option<&toml::Value>| {
        let table = table.and_then(toml::Value::as_table).cloned().unwrap_or_default();
        table.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("frontdesk-")).collect::<BTreeSet<_>>()
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut all = of(manifest.get(table));
    all.extend(targets.values().flat_map(|target| of(target.get(table))));
    all
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// Source files below the folders that are ours, build output excepted.
fn files(extension: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["crates", "bins"] {
        walk(&root().join(folder), extension, &mut found);
    }
    found.sort();
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[test]
fn core_stands_on_no_runtime_web_framework_or_database() {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let out = Command::new(cargo)
        .args(["tree", "--package", "frontdesk-core", "--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let tree = String::from_utf8(out.stdout).expect("cargo writes UTF-8");
    assert!(tree.starts_with("frontdesk-core "), "{tree}");
    let foreign: BTreeSet<_> =
        tree.lines().filter(|line| FOREIGN.iter().any(|foreign| line.starts_with(foreign))).collect();
    assert!(foreign.is_empty(), "core stands on {foreign:?}");
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    for (name, manifest) in &packages {
        let allowed = match name.as_str() {
            "frontdesk-core" => set([]),
            "frontdesk-gateway" => packages.keys().filter(|other| *other != name).cloned().collect(),
            // Web, store, testkit, bridge and every adapter know core, and not each other.
            _ => set(["frontdesk-core"]),
        };
        let needs = ours(manifest, "dependencies");
        assert!(needs.is_subset(&allowed), "{name} depends on {:?}", needs.difference(&allowed));
        assert_eq!(ours(manifest, "build-dependencies"), set([]), "{name} builds with ours");
        if name != "frontdesk-gateway" {
            assert!(!needs.contains("frontdesk-testkit"), "{name} ships the testkit");
        }
    }
}

#[test]
fn adapters_are_tested_without_each_other() {
    for (name, manifest) in packages() {
        // The web's tests may run on a real store and the sandbox; the gateway's on everything.
        if matches!(name.as_str(), "frontdesk-gateway" | "frontdesk-web") {
            continue;
        }
        let needs = ours(&manifest, "dev-dependencies");
        assert!(needs.is_subset(&set(["frontdesk-testkit"])), "{name} is tested with {needs:?}");
    }
}

#[test]
fn every_package_takes_the_workspaces_lints() {
    for (name, manifest) in packages() {
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "{name} has no `[lints] workspace = true`");
    }
}

#[test]
fn no_source_file_is_longer_than_it_can_be_read() {
    let lines = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<_> = files("rs")
        .into_iter()
        .map(|path| (short(&path), lines(&path)))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn nothing_is_left_undone() {
    // Written apart, so that this file does not find itself.
    let undone = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    let skipped = format!("#[{}", "ignore");
    for path in files("rs") {
        let text = fs::read_to_string(&path).unwrap();
        for (n, line) in text.lines().enumerate() {
            let found = undone.iter().chain([&skipped]).find(|mark| line.contains(mark.as_str()));
            assert!(found.is_none(), "{}:{}: {}", short(&path), n + 1, line.trim());
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = fs::read_dir(root().join("migrations").join(database)).unwrap();
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.is_empty());
    for (n, name) in (1..).zip(&sqlite) {
        assert!(name.starts_with(&format!("{n:04}_")) && name.ends_with(".sql"), "{name}: numbers have no gap");
    }
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let tables = |database: &str| -> BTreeMap<String, Vec<String>> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let folder = root().join("migrations").join(database);
        let mut scripts: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        scripts.sort();
        for script in scripts {
            let mut table = None;
            for line in fs::read_to_string(script).unwrap().lines() {
                let words: Vec<_> = line.trim().split([' ', ',']).collect();
                match (words.as_slice(), &table) {
                    (["create", "table", name, ..], _) => table = Some((*name).to_owned()),
                    ([first, ..], _) if first.starts_with(')') => table = None,
                    ([first, ..], Some(name)) if !matches!(*first, "" | "--" | "primary" | "unique") => {
                        tables.entry(name.clone()).or_default().push((*first).to_owned());
                    }
                    _ => {}
                }
            }
        }
        tables
    };
    let (mut sqlite, postgres) = (tables("sqlite"), tables("postgres"));
    // PostgreSQL has a redo log of its own.
    assert!(sqlite.remove("redo").is_some());
    assert_eq!(sqlite, postgres);
}
