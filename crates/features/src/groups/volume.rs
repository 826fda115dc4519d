use domain::{EntityKind, Method, Timestamp};

use super::share;
use crate::{Column, FeatureGroup, Group, Seen, Session};

/// How much data moves, how long it takes, and which methods move it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volume {
    calls: u32,
    writes: u32,
    heads: u32,
    response_bytes: u64,
    timed: u32,
    latency_micros: u64,
}

impl FeatureGroup for Volume {
    const GROUP: Group = Group {
        name: "volume",
        about: "How much data moves, how long it takes, and which methods move it",
        kinds: &EntityKind::ALL,
        columns: &[
            Column {
                name: "response_bytes_mean",
                short: "bytes an answer",
                sees: "mean bytes of an answer in the session",
                matters: "a copy takes large answers, a guess small ones",
                wrong: "compression and caching change it",
            },
            Column {
                name: "response_bytes_total",
                short: "bytes answered",
                sees: "bytes of all answers in the session",
                matters: "data that leaves is the harm that stays",
                wrong: "downloads are large on purpose on some sites",
            },
            Column {
                name: "latency_ms_mean",
                short: "ms of latency",
                sees: "mean latency of the session's calls in milliseconds, NaN where none is logged",
                matters: "costly calls are chosen by who wants to cost",
                wrong: "a slow server makes everyone slow",
            },
            Column {
                name: "write_ratio",
                short: "share of writes",
                sees: "share of the session's calls with POST, PUT, PATCH or DELETE",
                matters: "mass creation and mass deletion",
                wrong: "some APIs read by POST",
            },
            Column {
                name: "head_options_ratio",
                short: "share of HEAD, OPTIONS",
                sees: "share of the session's calls with HEAD or OPTIONS",
                matters: "they look without touching: monitors, and scans",
                wrong: "a browser asks OPTIONS before calls to another origin",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        *self = Self::default();
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        self.calls += 1;
        self.writes += u32::from(event.method.is_write());
        self.heads += u32::from(matches!(event.method, Method::Head | Method::Options));
        self.response_bytes += u64::from(event.response_bytes);
        self.timed += u32::from(event.latency_micros > 0);
        self.latency_micros += u64::from(event.latency_micros);
    }

    fn fill(&self, _session: &Session, out: &mut [f32]) {
        let calls = self.calls as f32;
        let latency_ms = if self.timed == 0 {
            f32::NAN
        } else {
            (self.latency_micros / u64::from(self.timed)) as f32 / 1_000.0
        };
        out.copy_from_slice(&[
            share(self.response_bytes as f32, calls),
            self.response_bytes as f32,
            latency_ms,
            share(self.writes as f32, calls),
            share(self.heads as f32, calls),
        ]);
    }
}
