//! The walls between the crates: each exists because of what it must not know.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use testkit::workspace_root;

/// What a crate must not know, directly or through others.
struct Wall {
    /// As other crates call it: the name of its folder.
    room: &'static str,
    /// Rooms that it must not depend on.
    rooms: &'static [&'static str],
    /// Packages of others that it must not depend on, by topic.
    packages: &'static [&'static [&'static str]],
}

const ASYNC_RUNTIMES: &[&str] = &["tokio", "async-std", "smol", "futures-executor"];
const HTTP: &[&str] = &["http", "hyper", "axum", "actix-web", "reqwest", "ureq", "tungstenite"];
const ML_FRAMEWORKS: &[&str] = &[
    "candle-core",
    "burn",
    "tch",
    "ort",
    "tract-core",
    "linfa",
    "smartcore",
    "lightgbm3",
    "ndarray",
    "nalgebra",
];
const SERDE: &[&str] = &["serde", "serde_core", "serde_derive", "serde_json"];
const THREADS: &[&str] = &["rayon", "crossbeam-channel", "flume", "threadpool"];

const WALLS: &[Wall] = &[
    Wall {
        room: "domain",
        rooms: &[
            "ingest", "features", "models", "threats", "alerts", "pipeline", "train", "simulate",
            "server",
        ],
        packages: &[SERDE, ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS, THREADS],
    },
    Wall {
        room: "ingest",
        rooms: &["features", "models", "threats", "alerts", "pipeline", "train", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS],
    },
    Wall {
        room: "features",
        rooms: &["ingest", "models", "threats", "alerts", "pipeline", "train", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS, THREADS],
    },
    Wall {
        room: "models",
        rooms: &["ingest", "features", "threats", "alerts", "pipeline", "train", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP],
    },
    Wall {
        room: "threats",
        rooms: &["ingest", "models", "alerts", "pipeline", "train", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS, THREADS],
    },
    Wall {
        room: "alerts",
        rooms: &["ingest", "features", "models", "threats", "pipeline", "train", "server"],
        packages: &[ML_FRAMEWORKS],
    },
    Wall {
        room: "lists",
        rooms: &[
            "ingest", "features", "models", "threats", "alerts", "quality", "pipeline", "train",
            "server",
        ],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS, THREADS],
    },
    Wall {
        room: "quality",
        rooms: &[
            "ingest", "features", "models", "threats", "alerts", "pipeline", "train", "server",
        ],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS, THREADS],
    },
    Wall {
        room: "pipeline",
        rooms: &["train", "simulate", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP, THREADS],
    },
    Wall { room: "train", rooms: &["alerts", "server"], packages: &[ASYNC_RUNTIMES, HTTP] },
    Wall {
        room: "simulate",
        rooms: &["models", "pipeline", "train", "server"],
        packages: &[ASYNC_RUNTIMES, HTTP, ML_FRAMEWORKS],
    },
    Wall { room: "server", rooms: &["train"], packages: &[] },
    Wall { room: "apiwarden", rooms: &[], packages: &[] },
];

/// Crates for those who work on the project: nothing that is shipped depends on them.
const DEV_ONLY: [&str; 2] = ["testkit", "xtask"];

#[test]
fn no_crate_knows_what_it_must_not() {
    let mut breaches = Vec::new();
    for (package, room) in rooms() {
        if DEV_ONLY.contains(&room.as_str()) {
            continue;
        }
        let known = known_to(&package);
        let wall = WALLS.iter().find(|wall| wall.room == room);
        let wall = wall
            .unwrap_or_else(|| panic!("crate {room} has no wall: say here what it must not know"));
        let rooms = wall.rooms.iter().chain(&DEV_ONLY).map(|room| package_of(room));
        let packages = wall.packages.iter().copied().flatten().map(|name| (*name).to_owned());
        let forbidden = rooms.chain(packages).filter(|name| known.contains(name));
        breaches.extend(forbidden.map(|name| format!("{room} knows {name}")));
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn cargo_is_asked_rightly() {
    let known = known_to("apiwarden");
    for name in ["apiwarden-ingest", "apiwarden-models", "serde", "clap"] {
        assert!(known.contains(name), "{name} is not among {known:?}");
    }
    assert!(!known.contains("proptest"), "what only tests need is not known to the program");
}

#[test]
fn every_crate_has_its_sentence_in_the_architecture() {
    let page = workspace_root().join("docs/ARCHITECTURE.md");
    let Ok(text) = std::fs::read_to_string(&page) else {
        #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
        {
            eprintln!("!!! SKIPPED: no docs/ARCHITECTURE.md");
        }
        return;
    };
    let rooms = rooms().into_values().map(|room| match room.as_str() {
        "apiwarden" => "cli".to_owned(),
        _ => room,
    });
    let missing: Vec<String> = rooms.filter(|room| !text.contains(&format!("`{room}`"))).collect();
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md says nothing about {missing:?}");
}

/// The crates of the workspace: package names to rooms.
fn rooms() -> BTreeMap<String, String> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages are a list");
    let name = |package: &Value| package["name"].as_str().expect("a name is a text").to_owned();
    packages.iter().map(name).map(|name| (name.clone(), room_of(&name).to_owned())).collect()
}

fn room_of(package: &str) -> &str {
    package.strip_prefix("apiwarden-").unwrap_or(package)
}

fn package_of(room: &str) -> String {
    match room {
        "xtask" | "apiwarden" => room.to_owned(),
        _ => format!("apiwarden-{room}"),
    }
}

/// Every package that a package is built with, itself left out.
fn known_to(package: &str) -> BTreeSet<String> {
    let options = ["--edges", "normal", "--prefix", "none", "--format", "{p}", "--package"];
    let tree = cargo(&[&["tree"], &options[..], &[package]].concat());
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(arguments)
        .current_dir(workspace_root())
        .output()
        .expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("cargo writes UTF-8")
}
