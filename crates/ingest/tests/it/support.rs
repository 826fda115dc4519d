//! Reading a log in one call.

use std::io::Write;
use std::path::Path;

use domain::{Event, Reject};
use ingest::{
    Directory, Listener, NormaliseOptions, Normaliser, ReadError, ReadOptions, ReadReport, Reading,
    read,
};

/// Everything that a run gives, endpoints resolved.
pub(crate) struct Outcome {
    pub(crate) events: Vec<Event>,
    pub(crate) rejects: Vec<(String, Reject, Vec<u8>)>,
    pub(crate) directory: Directory,
    pub(crate) reading: Reading,
}

impl Outcome {
    pub(crate) fn report(&self) -> &ReadReport {
        &self.reading.report
    }
}

#[derive(Default)]
struct Gather {
    events: Vec<Event>,
    rejects: Vec<(String, Reject, Vec<u8>)>,
}

impl Listener for Gather {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn reject(&mut self, source_name: &str, reject: &Reject, line: &[u8]) {
        self.rejects.push((source_name.to_owned(), reject.clone(), line.to_vec()));
    }
}

pub(crate) fn read_paths(
    paths: &[&Path],
    options: &ReadOptions,
    normalise: NormaliseOptions,
) -> Result<Outcome, ReadError> {
    let inputs: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let mut normaliser = Normaliser::new(normalise);
    let mut gather = Gather::default();
    let reading = read(&inputs, options, &mut normaliser, &mut gather)?;
    let (directory, resolver) = normaliser.finish();
    let resolver = resolver.expect("a learning normaliser gives a resolver");
    gather.events.iter_mut().for_each(|event| resolver.resolve(event));
    let Gather { events, rejects } = gather;
    Ok(Outcome { events, rejects, directory, reading })
}

pub(crate) fn read_path(path: &Path) -> Result<Outcome, ReadError> {
    read_paths(&[path], &ReadOptions::default(), NormaliseOptions::default())
}

/// A folder of files that are gone after the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A combined line at a second of 2026-11-22 21:00 UTC.
pub(crate) fn line(client: &str, secs: u32, path: &str) -> String {
    let (min, sec) = (secs / 60, secs % 60);
    format!(
        "{client} - - [22/Nov/2026:21:{min:02}:{sec:02} +0000] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n"
    )
}
