//! The tables in `docs/dialects/*.md` say what the code says. `cargo xtask pages` writes them anew.

use docket_core::order::State;
use docket_dialects::DIALECTS;
use docket_dialects::dialect::{Dialect, Issue, Served, SettingKind};
use std::fmt::Write as _;
use std::path::PathBuf;

const START: &str = "<!-- generated: `cargo xtask pages` writes what follows -->";

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn settings(dialect: &Dialect, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Settings\n\n| setting | values | default | does |\n|---|---|---|---|")?;
    writeln!(
        out,
        "| `scope` | `own`, `routed`, `account` | `own` | which orders of the account the connection sees |"
    )?;
    for setting in dialect.settings {
        let values = match setting.kind {
            SettingKind::Flag => "`true`, `false`".to_owned(),
            SettingKind::Integer(least, most) => format!("{least} to {most}"),
            SettingKind::Word(words) => format!("`{}`", words.join("`, `")),
            SettingKind::Text => "text".to_owned(),
            SettingKind::Currency => "three capital letters".to_owned(),
            SettingKind::TimeZone => "a time zone".to_owned(),
            SettingKind::Url => "an address".to_owned(),
        };
        let default = if setting.default.is_empty() { "–".to_owned() } else { format!("`{}`", setting.default) };
        writeln!(out, "| `{}` | {values} | {default} | {} |", setting.name, cell(setting.help))?;
    }
    writeln!(out, "\n## Credentials\n\n`docket connection add {} NAME` prints, once:\n", dialect.id)?;
    for credential in dialect.credentials {
        let what = match credential.issue {
            Issue::Name => "the connection's name".to_owned(),
            Issue::Secret(length) => format!("{length} random letters and digits"),
            Issue::Hex(length) => format!("{length} random hexadecimal digits"),
            Issue::HexPair(first, second) => format!("two groups of {first} and {second} random hexadecimal digits"),
            Issue::Password(length) => format!("{length} random letters and digits; callers send its SHA-1"),
            Issue::Item => "a number of the hub's item counter".to_owned(),
            Issue::AccountUuid => "a UUID that stands for the account".to_owned(),
            Issue::Url(pattern) => format!("`{pattern}` below the served base"),
        };
        writeln!(out, "* `{}`: {what}", credential.name)?;
    }
    writeln!(out)
}

fn tables(dialect: &Dialect) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    settings(dialect, &mut out)?;
    writeln!(out, "## Operations\n\n| operation | served |\n|---|---|")?;
    for operation in dialect.operations {
        let served = match operation.served {
            Served::Yes => "yes".to_owned(),
            Served::No(why) => format!("no: {}", cell(why)),
        };
        writeln!(out, "| `{}` | {served} |", operation.name)?;
    }
    writeln!(out, "\n## States\n\n| ledger | shown as | read from | note |\n|---|---|---|---|")?;
    for row in dialect.statuses {
        let read = if row.read.is_empty() { "–".to_owned() } else { format!("`{}`", row.read.join("`, `")) };
        writeln!(out, "| {} | {} | {} | {} |", row.state, cell(row.shown), cell(&read), cell(row.note))?;
    }
    writeln!(out, "\n## Fields\n\n| ledger | member | note |\n|---|---|---|")?;
    for row in dialect.fields {
        writeln!(out, "| `{}` | `{}` | {} |", row.field, row.member, cell(row.note))?;
    }
    Ok(out)
}

fn page(dialect: &Dialect) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/dialects").join(format!("{}.md", dialect.id))
}

#[test]
fn pages_say_what_the_code_says() {
    let write = std::env::var_os("DOCKET_WRITE_PAGES").is_some();
    for dialect in DIALECTS {
        let path = page(dialect);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| format!("# {}\n\n", dialect.title));
        let by_hand = text.split(START).next().unwrap_or_default().trim_end();
        let expected = format!("{by_hand}\n\n{START}\n\n{}", tables(dialect).expect("a String takes everything"));
        if write {
            std::fs::write(&path, expected).expect("docs/dialects can be written");
        } else {
            assert_eq!(text, expected, "{} is stale: run `cargo xtask pages`", path.display());
        }
    }
}

#[test]
fn every_state_has_a_row_in_every_crosswalk() {
    for dialect in DIALECTS {
        for state in State::ALL {
            let rows = dialect.statuses.iter().filter(|row| row.state == *state).count();
            assert_eq!(rows, 1, "{} has {rows} rows for {state}", dialect.id);
        }
        assert!(!dialect.operations.is_empty() && !dialect.credentials.is_empty() && !dialect.secrets.is_empty());
        assert!(!dialect.fields.is_empty() && !dialect.page.is_empty(), "{}", dialect.id);
        for row in dialect.fields {
            let task_member = row.field.strip_prefix("tasks.").is_some_and(|member| TASK_MEMBERS.contains(&member));
            let known = docket_core::order::Field::from_name(row.field).is_some()
                || docket_core::order::ItemKind::from_plural(row.field).is_some()
                || ROW_NAMES.contains(&row.field)
                || task_member;
            assert!(known, "{}: {} is no canonical field", dialect.id, row.field);
        }
    }
}

/// The members of a task.
const TASK_MEMBERS: &[&str] = &["key", "name", "instructions", "options", "quantity", "unit_price", "done"];

/// What rows of `Dialect.fields` may name besides canonical fields.
const ROW_NAMES: &[&str] = &[
    "id",
    "serial",
    "status",
    "notes",
    "routed_to",
    "imported_by",
    "acknowledgements",
    "created_at",
    "updated_at",
    "updated_by",
    "origin",
    "origin.dialect",
    "origin.connection",
    "keys",
    "wire",
    "state_since",
];

/// The sources of a dialect's connecting half, without its tests.
fn connecting_sources(id: &str) -> String {
    fn read(path: &std::path::Path, out: &mut String) {
        for file in std::fs::read_dir(path).into_iter().flatten().map(|file| file.expect("a folder of ours").path()) {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            if file.is_dir() && name != "tests" {
                read(&file, out);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                out.push_str(&std::fs::read_to_string(&file).expect("a source"));
            }
        }
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(id);
    let mut text = std::fs::read_to_string(folder.join("connect.rs")).expect("a source");
    // The list itself proves nothing.
    let (before, rest) = text.split_once("fn operations(").expect("it says what it calls");
    text = format!("{before}{}", rest.split_once("\n    }\n").expect("an end").1);
    read(&folder.join("connect"), &mut text);
    text
}

#[test]
fn what_is_called_is_what_the_connecting_half_names() {
    for dialect in DIALECTS {
        let Some(connect) = dialect.connect else { continue };
        let sources = connecting_sources(dialect.id);
        let called = connect.operations();
        assert!(!called.is_empty(), "{}", dialect.id);
        for operation in dialect.operations {
            let is_named = sources.contains(&format!("\"{}\"", operation.name));
            assert_eq!(called.contains(&operation.name), is_named, "{}: {}", dialect.id, operation.name);
        }
        let known = |name: &&str| dialect.operations.iter().any(|operation| operation.name == *name);
        assert!(called.iter().all(known), "{}: what is called is documented", dialect.id);
    }
}
