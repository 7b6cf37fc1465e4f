//! The invariants of `src/docs/architecture.md` that can be seen in the text of the sources.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A text file of the repository.
struct File {
    /// From the root, such as `src/model/id.rs`.
    path: String,
    text: String,
}

impl File {
    /// Line by line without comments: what a rule about code is about.
    fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().map(str::trim_start);
        lines.filter(|line| !line.starts_with("//"))
    }

    /// The module right below `src`, such as `model`.
    fn station(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split(['/', '.']).next().unwrap()
    }

    fn stem(&self) -> &str {
        Path::new(&self.path).file_stem().unwrap().to_str().unwrap()
    }

    fn is_below(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }
}

/// All files below a folder of the repository that hold text.
fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let name = path.file_name().unwrap();
                if !["target", "node_modules", "dist", ".git"]
                    .iter()
                    .any(|skipped| name == *skipped)
                {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(ROOT).unwrap();
                let path = path.to_str().unwrap().to_owned();
                found.push(File { path, text });
            }
        }
    }
    found
}

/// The Rust files below a folder; this one, which names what it forbids, is left out.
fn sources(folder: &str) -> Vec<File> {
    let mut found = files(folder);
    found.retain(|file| file.path.ends_with(".rs") && file.path != file!());
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found
}

/// Fails with every line of code outside `except` that holds one of `words`.
fn forbid(words: &[&str], folder: &str, except: &[&str]) {
    let mut met = Vec::new();
    for file in sources(folder).iter().filter(|file| !file.is_below(except)) {
        for line in file.code() {
            if words.iter().any(|word| line.contains(word)) {
                met.push(format!("{}: {line}", file.path));
            }
        }
    }
    assert!(
        met.is_empty(),
        "{words:?} stand where they must not: {met:#?}"
    );
}

/// Which of our own modules code names by `crate::`, also in groups: `crate::{model::Id, clock}`.
fn used(code: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(word(rest));
            continue;
        };
        let (mut depth, mut is_first) = (0, true);
        for (at, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_first = true,
                letter if is_first && letter.is_alphabetic() => {
                    used.insert(word(&group[at..]));
                    is_first = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn uses_are_found_alone_and_in_groups() {
    let code = "use crate::clock::Clock; use crate::{\n a::{B, c::D},\n e, f::G }; crate::h()";
    assert_eq!(used(code), BTreeSet::from(["a", "clock", "e", "f", "h"]));
}

/// What each module may know beside itself; `app` and `cli` put everything together.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &[]),
    ("json", &[]),
    ("spool", &[]),
    ("upload", &["spool"]),
    ("keyring", &["model"]),
    ("store", &["model", "clock"]),
    ("identity", &["model"]),
    ("upstream", &["model", "clock", "spool"]),
    ("cache", &["upstream", "model", "clock"]),
    ("index", &["cache", "identity", "model", "store"]),
    (
        "loader",
        &["cache", "identity", "index", "upstream", "model", "store"],
    ),
    (
        "write",
        &[
            "cache", "clock", "loader", "model", "spool", "store", "upstream",
        ],
    ),
    ("auth", &["upstream", "clock", "store"]),
    (
        "tenant",
        &[
            "auth", "cache", "clock", "config", "identity", "index", "keyring", "model", "store",
            "upstream", "write",
        ],
    ),
    (
        "job",
        &[
            "cache", "clock", "index", "loader", "model", "store", "tenant", "upstream", "write",
        ],
    ),
    (
        "graphql",
        &[
            "auth", "cache", "index", "job", "json", "tenant", "loader", "identity", "upstream",
            "store", "model", "spool", "upload", "write",
        ],
    ),
    ("edge", &["auth", "clock", "json", "spool", "upload"]),
    ("sandbox", &["clock"]),
    (
        "config",
        &[
            "auth", "cache", "job", "keyring", "model", "sandbox", "store", "upstream",
        ],
    ),
    ("telemetry", &["config"]),
];

#[test]
fn arrows_point_down() {
    let mut against = Vec::new();
    for file in sources("src") {
        let station = file.station();
        if ["app", "bin", "cli", "lib", "main"].contains(&station) {
            continue;
        }
        let (_, below) = ARROWS
            .iter()
            .find(|(name, _)| *name == station)
            .unwrap_or_else(|| panic!("{station} has no place in the flow"));
        let code: Vec<&str> = file.code().collect();
        for used in used(&code.join("\n")) {
            if used != station && !below.contains(&used) {
                against.push(format!("{} uses {used}", file.path));
            }
        }
    }
    assert!(against.is_empty(), "{against:#?}");
}

#[test]
fn only_some_know_graphql_and_only_some_know_http() {
    forbid(&["async_graphql", "GraphQL"], "src/upstream", &[]);
    forbid(&["async_graphql", "GraphQL"], "src/loader", &[]);
    forbid(&["async_graphql"], "src/identity", &[]);
    let http = ["http:", "https:", "http::", "reqwest", "axum", "StatusCode"];
    for folder in ["src/graphql", "src/loader", "src/identity", "src/model"] {
        // Scalars say where they are specified.
        forbid(&http, folder, &["src/model/scalar.rs"]);
    }
}

#[test]
fn wire_types_stay_with_their_system() {
    let systems = [
        "src/upstream/propstack",
        "src/upstream/deeprent",
        "src/upstream/propstreet",
    ];
    forbid(&["wire::", "mod wire"], "src", &systems);
    forbid(
        &["pub mod wire", "pub(crate) mod wire", "pub use wire"],
        "src",
        &[],
    );
    for (index, system) in systems.iter().enumerate() {
        for (_, other) in systems
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
        {
            let name = other.rsplit('/').next().unwrap();
            forbid(&[&format!("{name}::")], system, &[]);
        }
    }
}

#[test]
fn each_thing_of_the_world_has_one_door() {
    // The tool of the house runs beside the gateway, not in it.
    let tool = "src/bin/dev";
    let environment = ["env::var", "env::vars", "env::set_var", "from_env"];
    forbid(&environment, "src", &["src/config", tool]);
    let time = [
        "Utc::now",
        "Local::now",
        "SystemTime",
        "tokio::time::sleep",
        "thread::sleep",
    ];
    forbid(&time, "src", &["src/clock.rs", tool]);
    // A call's duration is measured, not asked for: it decides only how many calls go at once.
    let durations = ["src/clock.rs", "src/upstream/scope.rs", tool];
    forbid(&["Instant::now"], "src", &durations);
    let requests = [
        "reqwest::Client",
        "reqwest::get",
        "Client::builder",
        "ClientBuilder",
    ];
    // The systems that the sandbox plays deliver webhooks, as the true ones do.
    let doors = ["src/upstream/transport", "src/sandbox/courier.rs"];
    forbid(&requests, "src", &doors);
    let clients = [
        "propstack::Client::new",
        "deeprent::Client::new",
        "propstreet::Client::new",
    ];
    forbid(&clients, "src", &["src/tenant/client.rs"]);
    forbid(&["sqlx"], "src", &["src/store"]);
}

#[test]
fn a_file_says_what_it_is() {
    let mut silent = Vec::new();
    for file in sources("src").iter().chain(&sources("tests")) {
        if !file.text.starts_with("//! ") {
            silent.push(file.path.clone());
        }
        let vague = [
            "utils", "util", "helpers", "helper", "common", "types", "manager", "misc",
        ];
        let folders = file.path.split(['/', '.']);
        for part in folders {
            assert!(!vague.contains(&part), "{} is called {part}", file.path);
        }
    }
    assert!(
        silent.is_empty(),
        "these do not open with a `//!` line: {silent:#?}"
    );
}

#[test]
fn an_entity_has_one_name_everywhere() {
    /// What is no entity but works on all of them.
    const SHARED: &[&str] = &[
        "access",
        "access_token",
        "batch",
        "connection",
        "context",
        "cursor",
        "directory",
        "error",
        "explain",
        "estimate",
        "fallback",
        "freshness",
        "keyed",
        "list",
        "mod",
        "node",
        "page",
        "reads",
        "schema",
        "search",
        "selection",
        "stretch",
        "sweep",
        "unlinked",
        "validated",
        "viewer",
        "walk",
        "webhook",
        "window",
        "written",
    ];
    let in_model = sources("src/model");
    let entities: BTreeSet<&str> = in_model.iter().map(File::stem).collect();
    for folder in ["src/graphql", "src/loader"] {
        for file in sources(folder) {
            // A folder stands for its entity, whatever is in it.
            let inside = file.path.trim_start_matches(folder).trim_start_matches('/');
            let name = inside.split(['/', '.']).next().unwrap();
            let is_known = entities.contains(name) || SHARED.contains(&name);
            assert!(is_known, "{} is called as nothing in src/model", file.path);
        }
    }
}

/// A file that no module declares is never compiled: its tests pass by not being run.
#[test]
fn every_file_belongs_to_a_module() {
    let all: Vec<File> = ["src", "tests"].into_iter().flat_map(sources).collect();
    for file in &all {
        let path = Path::new(&file.path);
        // `a/mod.rs` is the module `a`, as is `a.rs`.
        let (name, folder) = match file.stem() {
            "main" | "lib" => continue,
            "mod" => (
                path.parent().unwrap(),
                path.parent().unwrap().parent().unwrap(),
            ),
            _ => (path, path.parent().unwrap()),
        };
        let name = name.file_stem().unwrap().to_str().unwrap();
        let roots = ["mod.rs", "lib.rs", "main.rs"].map(|root| folder.join(root));
        let parents = all.iter().filter(|other| {
            roots.iter().any(|root| root == Path::new(&other.path))
                || folder.with_extension("rs") == Path::new(&other.path)
        });
        let declaration = format!("mod {name};");
        let mut lines = parents.flat_map(File::code);
        assert!(
            lines.any(|line| line.ends_with(&declaration)),
            "{}",
            file.path
        );
    }
}

#[test]
fn no_test_sleeps_or_is_skipped() {
    // The bench plays slow systems.
    let bench = ["tests/bench"];
    forbid(&["sleep(", "#[ignore", "interval("], "tests", &bench);
    forbid(&["#[ignore"], "src", &[]);
}

#[test]
fn no_file_names_the_machine_that_it_was_written_on() {
    let homes = ["/root/", "/home/", "/work/", "/Users/", "C:\\"];
    for file in files(".") {
        if file.path == file!() {
            continue;
        }
        for line in file.text.lines() {
            let named = homes.iter().find(|home| line.contains(**home));
            assert_eq!(named, None, "in {}: {line}", file.path);
        }
    }
}
