//! Small logs of our own making.

use std::fmt::Write;

/// A line of the combined format, at so many seconds after nine in the evening.
pub(crate) fn line(client: &str, secs: usize, request: &str, status: u16) -> String {
    let (hour, minute, second) = (21 + secs / 3_600, secs / 60 % 60, secs % 60);
    format!(
        "{client} - - [22/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" \
         {status} 120 \"-\" \"client/1.0\"\n"
    )
}

/// Sixty ordinary clients over ten minutes, in whose midst one guesses passwords and one looks for
/// files that nobody serves.
pub(crate) fn with_attacks() -> String {
    let mut calls: Vec<(usize, String)> = Vec::new();
    let mut call = |client: &str, secs, request: &str, status| {
        calls.push((secs, line(client, secs, request, status)));
    };
    for client in 0..60 {
        let address = format!("192.0.2.{}", client + 1);
        for step in 0..6 {
            let request = ["GET /orders", "GET /items", "GET /items/17", "POST /orders"][step % 4];
            call(&address, client * 7 + step * 23, request, 200);
        }
    }
    for step in 0..60 {
        call("203.0.113.9", 200 + step, "POST /login", 401);
    }
    for (step, path) in ["/.env", "/.git/config", "/wp-login.php", "/backup.sql"].iter().enumerate()
    {
        for copy in 0..5 {
            let request = format!("GET {path}?{copy}");
            call("203.0.113.66", 300 + step * 5 + copy, &request, 404);
        }
    }
    // A stable sort: what happens in one second keeps its order.
    calls.sort_by_key(|(secs, _)| *secs);
    calls.into_iter().fold(String::new(), |mut log, (_, line)| {
        log.write_str(&line).expect("a string takes everything");
        log
    })
}
