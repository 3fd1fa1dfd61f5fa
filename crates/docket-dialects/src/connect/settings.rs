//! What every connecting connection can be set to, whatever its dialect. Defaults that are empty here are the vendor's:
//! what the dialect's [`Connect::budget`] and [`Connect::poll_every`] say.

use super::Connect;
use crate::dialect::{Setting, SettingKind};

/// Orders whose cost is above this amount wait for a person; below 0 none does.
pub const RELEASE_ABOVE: &str = "release_above";

/// The settings, in the order people are shown them.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "url",
        kind: SettingKind::Url,
        default: "",
        help: "where the counterpart is, without the vendor's own path: https://host; required to call",
    },
    Setting {
        name: "poll_s",
        kind: SettingKind::Integer(1, 86_400),
        default: "",
        help: "seconds between two looks for news; a ping of the counterpart is heard besides",
    },
    Setting { name: "at_once", kind: SettingKind::Integer(1, 64), default: "", help: "calls on their way at once" },
    Setting {
        name: "calls",
        kind: SettingKind::Integer(1, 1_000_000),
        default: "",
        help: "at most so many calls within within_s, of all kinds; limits of single operations stay the vendor's",
    },
    Setting {
        name: "within_s",
        kind: SettingKind::Integer(1, 86_400),
        default: "",
        help: "the seconds within which calls are counted; 60 where only calls is set",
    },
    Setting {
        name: "timeout_ms",
        kind: SettingKind::Integer(100, 600_000),
        default: "",
        help: "how long a call may take",
    },
    Setting {
        name: "paused",
        kind: SettingKind::Flag,
        default: "false",
        help: "nothing is called; what is owed waits",
    },
    Setting {
        name: RELEASE_ABOVE,
        kind: SettingKind::Integer(-1, 1_000_000_000),
        default: "-1",
        help: "orders that cost more than this wait until a person releases them, and so do those of unknown cost where \
               the counterpart bills; 0 holds every order that costs anything, -1 none",
    },
];

/// The setting of a name.
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// What a setting is when it is not given, as text.
pub fn default_of(setting: &Setting, connect: &dyn Connect) -> String {
    let budget = connect.budget();
    let general = budget.windows.iter().find(|window| window.operations.is_empty());
    match setting.name {
        "poll_s" => connect.poll_every().as_secs().to_string(),
        "at_once" => budget.at_once.to_string(),
        "calls" => general.map_or_else(String::new, |window| window.calls.to_string()),
        "within_s" => general.map_or_else(String::new, |window| window.within.as_secs().to_string()),
        "timeout_ms" => "30000".to_owned(),
        _ => setting.default.to_owned(),
    }
}
