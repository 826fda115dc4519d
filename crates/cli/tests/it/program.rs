//! Runs the program in a folder of its own, away from the configuration and colours of whoever runs
//! the tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Fails unless the run ended so.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}\nstdout: {}", self.err, self.out);
        self
    }

    /// Fails unless the run ended so, with this message alone, and without any output.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, message: &str) {
        let ran = self.ends_with(code);
        assert_eq!((ran.err.as_str(), ran.out.as_str()), (&*format!("apiwarden: {message}\n"), ""));
    }
}

/// The program, about to run there.
pub(crate) fn program_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apiwarden"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("APIWARDEN_") || name == "NO_COLOR" {
            command.env_remove(&*name);
        }
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs to the end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the program starts");
    Ran {
        code: output.status.code().expect("the program ends by itself"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// A folder with logs, and the program in it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder that holds `access.log`.
    pub(crate) fn with_log(log: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write("access.log", log);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a temporary file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there, in UTF-8")
    }

    /// The program, about to run here.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program_in(self.0.path());
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.program(arguments))
    }

    /// Runs with these bytes on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.program(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it was piped");
        let output = std::thread::scope(|scope| {
            // A program that has seen enough may close its end.
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output().expect("it runs to its end")
        });
        Ran {
            code: output.status.code().expect("the program ends by itself"),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// Runs a shell command in which `$aw` is the program.
    #[cfg(unix)]
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("aw", env!("CARGO_BIN_EXE_apiwarden"));
        command.current_dir(self.0.path()).stdin(Stdio::null()).env_remove("NO_COLOR");
        ran(&mut command)
    }
}
