//! Settings as text for people: those in force, and the manual of all there are.
//!
//! It never holds a secret: it gets lines that were masked when they were read.

use std::fmt::Write;

use super::Mode;
use super::reader::Line;
use super::settings::SETTINGS;
use super::table::{Preset, Setting};

/// The settings in force as a configuration file with a comment on each.
pub(super) fn in_force(mode: Mode, lines: &[Line]) -> String {
    let mode = match mode {
        Mode::Embedded => "embedded",
        Mode::Production => "production",
    };
    let mut text = format!(
        "# All settings in force; the mode is {mode}. Passwords read ***, keys are left out.\n"
    );
    let mut section = "";
    for line in lines {
        if line.setting.section != section {
            section = line.setting.section;
            push(
                &mut text,
                format_args!("\n# {}\n[{section}]\n", line.setting.about),
            );
        }
        push(
            &mut text,
            format_args!("# {}\n{} # {}\n", line.setting.doc, line.text, line.source),
        );
    }
    text
}

/// The manual: one Markdown table for each section.
pub(super) fn manual() -> String {
    let mut text = String::new();
    let mut section = "";
    for setting in SETTINGS {
        if setting.section != section {
            section = setting.section;
            let gap = if text.is_empty() { "" } else { "\n" };
            push(
                &mut text,
                format_args!("{gap}### `[{section}]`\n\n{}\n\n", setting.about),
            );
            text.push_str("| Setting | Variable | Default | Meaning |\n|---|---|---|---|\n");
        }
        let file = if setting.has_file() {
            " or `…_FILE`"
        } else {
            ""
        };
        push(
            &mut text,
            format_args!(
                "| `{}` | `{}`{file} | {} | {} {} |\n",
                setting.key(),
                setting.variable(),
                preset(setting),
                setting.doc,
                form(setting)
            ),
        );
    }
    text
}

fn preset(setting: &Setting) -> String {
    match setting.preset {
        Preset::Is(text) => format!("`{}`", text.replace("{data}", "<data.folder>")),
        Preset::ByMode(embedded, production) => {
            let production = match production {
                "" => "none".to_owned(),
                text => format!("`{text}`"),
            };
            format!("`{embedded}`; in production {production}")
        }
        Preset::Unset => "–".to_owned(),
    }
}

fn form(setting: &Setting) -> String {
    let form = (setting.form)();
    match setting.unit {
        "" => format!("({form})"),
        unit => format!("({form} {unit})"),
    }
}

/// Writing to a string cannot fail.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _: std::fmt::Result = text.write_fmt(arguments);
}
