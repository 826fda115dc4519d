//! Files that are written, kept apart from those that are read.

use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// Refuses to write over what is read, or to write two things into one file, under whatever names the
/// files go.
pub(crate) fn keep_apart<'i, 'o>(
    inputs: impl IntoIterator<Item = &'i Path>,
    outputs: impl IntoIterator<Item = &'o Path>,
) -> Result<(), Failure> {
    let read = inputs.into_iter().filter_map(identity);
    let mut taken: Vec<(Identity, &str)> = read.map(|it| (it, "it is an input")).collect();
    for output in outputs {
        let Some(own) = identity(output) else { continue };
        if let Some((_, what)) = taken.iter().find(|(known, _)| *known == own) {
            let message = format!("cannot write {}: {what}: name another file", output.display());
            return Err(Failure::new(Exit::Usage, message));
        }
        taken.push((own, "another output goes there"));
    }
    Ok(())
}

/// What two names of one file have in common.
#[derive(PartialEq)]
enum Identity {
    /// Device and number of a file that is there.
    #[cfg(unix)]
    Inode(u64, u64),
    /// Where it is, or will be.
    Path(PathBuf),
}

/// The identity of a file; `None` of what is none, as pipes and devices, and where nobody can tell.
fn identity(path: &Path) -> Option<Identity> {
    let Ok(metadata) = path.metadata() else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        return Some(Identity::Path(folder.join(path.file_name()?)));
    };
    if !metadata.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some(Identity::Inode(metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    path.canonicalize().ok().map(Identity::Path)
}

/// The files that logs on the command line stand for.
pub(crate) fn files_of(logs: &[String]) -> Vec<PathBuf> {
    // What cannot be found is told when it is read.
    let sources = ingest::sources::find(logs).unwrap_or_default();
    sources.into_iter().map(|source| PathBuf::from(source.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_under_any_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("log"), "x").expect("it can be written");
        std::fs::hard_link(at("log"), at("twin")).expect("it can be linked");
        let check = |inputs: &[PathBuf], outputs: &[PathBuf]| {
            let (inputs, outputs) = (inputs.iter(), outputs.iter());
            keep_apart(inputs.map(PathBuf::as_path), outputs.map(PathBuf::as_path)).is_ok()
        };
        assert!(check(&[at("log")], &[at("new"), at("newer")]));
        assert!(!check(&[at("log")], &[at("log")]));
        assert!(!check(&[at("log")], &[at("./log")]));
        assert!(!check(&[at("log")], &[at("twin")]));
        assert!(!check(&[at("log")], &[at("new"), at("./new")]));
        assert!(check(&[at("log")], &[PathBuf::from("/dev/null"), PathBuf::from("/dev/null")]));
        assert_eq!(std::fs::read(at("log")).expect("it is still there"), b"x");
    }
}
