//! Writes into the configuration file of a person without touching what is theirs.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::settings::Config;

/// Keeps values under `[section.key]`, each under a name of its own, and makes the file where there is
/// none. Comments, order and layout stay; the reason is given where that cannot be done.
pub(crate) fn keep(
    file: &Path,
    (section, key): (&str, &str),
    values: &[(String, String)],
) -> Result<(), String> {
    // A link is followed, not replaced.
    let target = if file.exists() { file.canonicalize() } else { Ok(file.to_owned()) };
    let target = target.map_err(|error| error.to_string())?;
    let before = if target.exists() {
        std::fs::read_to_string(&target).map_err(|error| error.to_string())?
    } else {
        String::new()
    };
    let after = edited(&before, (section, key), values)?;
    replace(&target, &after).map_err(|error| error.to_string())
}

/// The text with these values in it. What is not meant must be in it as it was.
fn edited(
    before: &str,
    (section, key): (&str, &str),
    values: &[(String, String)],
) -> Result<String, String> {
    let mut document: DocumentMut =
        before.parse().map_err(|_| "it is no TOML that can be edited".to_owned())?;
    let no_table = |name: &str| format!("`{name}` is no table");
    let mut outer = Table::new();
    // Without keys of its own it needs no header.
    outer.set_implicit(true);
    let outer = document.entry(section).or_insert(Item::Table(outer));
    let outer = outer.as_table_like_mut().ok_or_else(|| no_table(section))?;
    let inner = outer.entry(key).or_insert(Item::Table(Table::new()));
    let inner = inner.as_table_like_mut().ok_or_else(|| no_table(key))?;
    let replaced: Vec<String> =
        values.iter().filter_map(|(name, it)| set(inner, name, it)).collect();
    let after = document.to_string();
    check(before, &after, (section, key), &replaced)?;
    Ok(after)
}

/// Sets a value, its comment kept, and gives the name if it had another one.
fn set(table: &mut dyn TableLike, name: &str, text: &str) -> Option<String> {
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(known) if known.as_str() == Some(text) => None,
        Some(known) => {
            let decor = known.decor().clone();
            *known = text.into();
            *known.decor_mut() = decor;
            Some(name.to_owned())
        }
        None => {
            table.insert(name, value(text));
            None
        }
    }
}

/// Fails unless the new text is a configuration, says of everything else what the old one said, and has
/// all of its lines but those of the values that were replaced.
fn check(
    before: &str,
    after: &str,
    (section, key): (&str, &str),
    replaced: &[String],
) -> Result<(), String> {
    let not_safe = || "its layout does not allow it".to_owned();
    toml::from_str::<Config>(after).map_err(|error| error.message().to_owned())?;
    let rest = |text: &str| -> Option<toml::Table> {
        let mut table: toml::Table = toml::from_str(text).ok()?;
        let outer = table.get_mut(section).and_then(toml::Value::as_table_mut);
        let is_empty = outer.is_some_and(|outer| {
            outer.remove(key);
            outer.is_empty()
        });
        if is_empty {
            table.remove(section);
        }
        Some(table)
    };
    if rest(before).is_none_or(|told| Some(told) != rest(after)) {
        return Err(not_safe());
    }
    let is_replaced = |line: &str| replaced.iter().any(|name| line.contains(name.as_str()));
    let mut lines = after.lines();
    let mut kept = before.lines().filter(|line| !is_replaced(line));
    if kept.all(|line| lines.any(|it| it == line)) { Ok(()) } else { Err(not_safe()) }
}

/// Puts a new file in the place of the old one at once, with its permissions.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    let permissions = match std::fs::metadata(file) {
        Ok(known) if known.permissions().readonly() => {
            return Err(std::io::Error::other("it is read-only"));
        }
        Ok(known) => known.permissions(),
        Err(_) => default_permissions(folder)?,
    };
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// What the system gives to a new file in this folder: a temporary one is its owner's alone.
fn default_permissions(folder: &Path) -> std::io::Result<std::fs::Permissions> {
    let name = tempfile::Builder::new().make_in(folder, |path| std::fs::File::create_new(path))?;
    Ok(name.as_file().metadata()?.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: (&str, &str) = ("read", "formats");

    fn check(before: &str, expect: Result<&str, &str>) {
        let values = [("a.log", "caddy"), ("b.log", "combined")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let after = edited(before, FORMATS, &values);
        assert_eq!(after.as_deref().map_err(String::as_str), expect, "{before}");
        if let Ok(after) = after {
            assert_eq!(edited(&after, FORMATS, &values).as_ref(), Ok(&after), "twice is once");
        }
    }

    #[test]
    fn what_a_person_wrote_stays_as_it_is() {
        let kept = "[read.formats]\n\"a.log\" = \"caddy\"\n\"b.log\" = \"combined\"\n";
        check("", Ok(kept));
        let own = "# ours\n[judge] # budget\nseed   =  7 # why\n";
        check(own, Ok(&format!("{own}\n{kept}")));
        check(
            "[read]\n# utc\ntimezone = 'UTC'\n\n[read.formats]\n# the old one\n\"a.log\" = \"json\" # so\n\"z\" = 'csv'\n[judge]\nseed = 7\n",
            Ok(
                "[read]\n# utc\ntimezone = 'UTC'\n\n[read.formats]\n# the old one\n\"a.log\" = \"caddy\" # so\n\"z\" = 'csv'\n\"b.log\" = \"combined\"\n[judge]\nseed = 7\n",
            ),
        );
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        check("read = 1\n", Err("`read` is no table"));
        // It stands on one line with what is not meant.
        let layout = "its layout does not allow it";
        check("[read]\nformats = { \"z\" = \"csv\" }\n", Err(layout));
        check("[read\n", Err("it is no TOML that can be edited"));
    }
}
