//! The tables in `docs/relay.md` say what the code says. `cargo xtask pages` writes them anew.

use super::super::rules;
use docket_dialects::connect::settings::SETTINGS;
use std::path::PathBuf;

fn between<'t>(text: &'t str, name: &str) -> (&'t str, &'t str) {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- {name} end -->"));
    let start = text.find(&begin).unwrap_or_else(|| panic!("{begin} is there")) + begin.len();
    let stop = text.find(&end).unwrap_or_else(|| panic!("{end} is there"));
    (&text[..start], &text[stop..])
}

fn settings_table() -> String {
    let vendors = ["poll_s", "at_once", "calls", "within_s", "timeout_ms"];
    let row = |setting: &docket_dialects::dialect::Setting| {
        let default = match setting.default {
            "" if vendors.contains(&setting.name) => "the vendor's",
            "" => "–",
            text => text,
        };
        format!("| `{}` | {default} | {} |\n", setting.name, setting.help)
    };
    let rows: String = SETTINGS.iter().map(row).collect();
    format!("| setting | default | does |\n|---|---|---|\n{rows}")
}

fn variables_table() -> String {
    let rows: String = rules::variables().iter().map(|(name, what)| format!("| `{name}` | {what} |\n")).collect();
    format!("| name | is |\n|---|---|\n{rows}")
}

#[test]
fn the_tables_of_the_page_are_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/relay.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, after) = between(&text, "settings");
    let whole = format!("{before}{}{after}", settings_table());
    let (before, after) = between(&whole, "variables");
    let expected = format!("{before}{}{after}", variables_table());
    if std::env::var_os("DOCKET_WRITE_PAGES").is_some() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert_eq!(text, expected, "docs/relay.md is stale: run `cargo xtask pages`");
    }
}
