//! What is known of the whole site, fitted before rows are made and frozen with them.

use std::collections::BTreeMap;

use domain::{AuthOutcome, Client, EndpointId, Event, EventFlags, PathWords, Timestamp};
use foldhash::HashMap;

use crate::week::{HOURS, SiteWeek};

/// How many calls of weight the site's overall mix has beside the transitions seen from an endpoint.
const BACK_OFF_WEIGHT: f32 = 4.0;
/// Transition pairs that are remembered; further new ones count only towards the overall mix.
const MAX_PAIRS: usize = 1 << 20;
/// Clients whose last call is remembered while fitting.
const MAX_CLIENTS: usize = 1 << 20;
/// Answer sizes that are told apart a sign-in endpoint.
const MAX_SIZES: usize = 4_096;

/// What is known of the whole site: how calls follow each other, when they come, and how its sign-in
/// endpoints answer a failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    /// Surprisal in bits of a call after another, for the pairs that were seen.
    transitions: HashMap<(EndpointId, EndpointId), f32>,
    /// Surprisal in bits of a call, wherever it comes from.
    calls: Vec<f32>,
    /// Bits added to `calls` for a pair never seen, by the endpoint before.
    never_after: Vec<f32>,
    week: SiteWeek,
    sign_ins: BTreeMap<EndpointId, SignIn>,
}

impl Profiles {
    /// How surprising it is that a call to `next` follows one to `previous`: bits, and whether the
    /// pair was never seen while fitting.
    pub fn transition(&self, previous: EndpointId, next: EndpointId) -> (f32, bool) {
        match self.transitions.get(&(previous, next)) {
            Some(bits) => (*bits, false),
            None => {
                let unknown = (self.calls.len() as f32 + 1.0).log2();
                let call = self.calls.get(next.0 as usize).copied().unwrap_or(unknown);
                let after = self.never_after.get(previous.0 as usize).copied().unwrap_or(0.0);
                (call + after, true)
            }
        }
    }

    /// How busy each hour of the week is.
    pub(crate) fn week(&self) -> &SiteWeek {
        &self.week
    }

    /// How a sign-in endpoint that answers 200 to failures tells them apart, where that was learned.
    pub fn sign_in(&self, endpoint: EndpointId) -> Option<&SignIn> {
        self.sign_ins.get(&endpoint)
    }

    /// All such endpoints.
    pub fn sign_ins(&self) -> impl Iterator<Item = (EndpointId, &SignIn)> {
        self.sign_ins.iter().map(|(endpoint, sign_in)| (*endpoint, sign_in))
    }

    /// Rewrites the outcome of a sign-in where only the size of its answer tells it.
    pub fn infer_outcome(&self, event: &mut Event) {
        let is_told =
            event.words.contains(PathWords::DESCRIBED) || event.flags.contains(EventFlags::SENT_ON);
        if event.auth != AuthOutcome::Success || is_told {
            return;
        }
        let sign_in = self.sign_ins.get(&event.endpoint);
        if sign_in.is_some_and(|sign_in| sign_in.is_failure(SignInAnswer::of(event))) {
            event.auth = AuthOutcome::Failure;
            event.flags = event.flags.union(EventFlags::AUTH_INFERRED);
        }
    }
}

/// What [`Profiles`] hold, as plain data in a fixed order, for whoever writes them to a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileParts {
    /// Surprisal in bits of a call to the second endpoint after one to the first.
    pub transitions: Vec<(EndpointId, EndpointId, f32)>,
    /// Surprisal in bits of a call, by endpoint.
    pub calls: Vec<f32>,
    /// Bits added to `calls` for a pair never seen, by the endpoint before.
    pub never_after: Vec<f32>,
    /// Surprise in bits of each hour of the week.
    pub hours: Vec<f32>,
    /// Sign-in endpoints that answer 200 to failures.
    pub sign_ins: Vec<(EndpointId, SignIn)>,
}

impl From<&Profiles> for ProfileParts {
    fn from(profiles: &Profiles) -> Self {
        let pairs = profiles.transitions.iter();
        let mut transitions: Vec<_> = pairs.map(|((from, to), bits)| (*from, *to, *bits)).collect();
        transitions.sort_unstable_by_key(|(from, to, _)| (from.0, to.0));
        Self {
            transitions,
            calls: profiles.calls.clone(),
            never_after: profiles.never_after.clone(),
            hours: profiles.week.bits().to_vec(),
            sign_ins: profiles.sign_ins().map(|(endpoint, sign_in)| (endpoint, *sign_in)).collect(),
        }
    }
}

impl From<ProfileParts> for Profiles {
    fn from(parts: ProfileParts) -> Self {
        let pairs = parts.transitions.into_iter();
        Self {
            transitions: pairs.map(|(from, to, bits)| ((from, to), bits)).collect(),
            calls: parts.calls,
            never_after: parts.never_after,
            week: SiteWeek::from_bits(parts.hours),
            sign_ins: parts.sign_ins.into_iter().collect(),
        }
    }
}

/// How the answers of a sign-in endpoint fall into two sizes, of which one means failure. Where it answers
/// with pages, a redirect has no size: a form that sends on who got in, and is shown again to who did
/// not, is told by that. Where it answers with redirects alone, theirs tell where they lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Answers of at most so many bytes are of the smaller size.
    pub split_bytes: u32,
    /// Whether the smaller size is the one that means failure.
    pub smaller_fails: bool,
    /// Whether it answers with redirects alone.
    pub redirects: bool,
}

/// An answer to a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignInAnswer {
    /// Whether it sends on.
    pub is_redirect: bool,
    /// Its bytes.
    pub bytes: u32,
}

impl SignInAnswer {
    /// The answer of an event. The size of a redirect tells where it leads: of one that is told, it tells
    /// nothing more.
    const fn of(event: &Event) -> Self {
        let is_told = event.flags.contains(EventFlags::SENT_ON);
        let bytes = if is_told { 0 } else { event.response_bytes };
        Self { is_redirect: event.status >= 300, bytes }
    }

    /// Its size where pages are told apart: nothing of a redirect is meant for reading.
    const fn page_bytes(self) -> u32 {
        if self.is_redirect { 0 } else { self.bytes }
    }
}

impl SignIn {
    /// Whether an answer means failure.
    pub const fn is_failure(&self, answer: SignInAnswer) -> bool {
        let bytes = if self.redirects { answer.bytes } else { answer.page_bytes() };
        let is_told = answer.is_redirect || !self.redirects;
        is_told && (bytes <= self.split_bytes) == self.smaller_fails
    }
}

/// Collects what [`Profiles`] are made of. Events come in their order.
#[derive(Clone, Debug, Default)]
pub struct ProfilesFit {
    pairs: HashMap<(EndpointId, EndpointId), u32>,
    calls: Vec<u32>,
    hours: Vec<u32>,
    last: HashMap<Client, LastCall>,
    sign_ins: BTreeMap<EndpointId, BTreeMap<SignInAnswer, Answers>>,
}

#[derive(Clone, Copy, Debug)]
struct LastCall {
    endpoint: EndpointId,
    time: Timestamp,
    /// An accepted sign-in that nothing but files of its page has followed yet.
    accepted: Option<Accepted>,
}

#[derive(Clone, Copy, Debug)]
struct Accepted {
    endpoint: EndpointId,
    path_hash: u64,
    answer: SignInAnswer,
}

/// Answers of one kind and size to sign-ins: how many, and how many the same client followed by other calls.
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    count: u32,
    followed: u32,
}

impl Answers {
    fn add(&mut self, more: Self) {
        self.count += more.count;
        self.followed += more.followed;
    }
}

impl ProfilesFit {
    /// Takes an event in. `idle_gap_micros` ends a session.
    pub fn observe(&mut self, event: &Event, idle_gap_micros: i64) {
        let endpoint = event.endpoint.0 as usize;
        if endpoint >= self.calls.len() {
            self.calls.resize(endpoint + 1, 0);
        }
        self.calls[endpoint] = self.calls[endpoint].saturating_add(1);
        self.hours.resize(HOURS, 0);
        self.hours[event.time.hour_of_week() as usize] += 1;

        let accepted = event.auth == AuthOutcome::Success
            && event.signs_in()
            && !event.words.contains(PathWords::DESCRIBED)
            // A redirect that is for good sends to another scheme or host, whoever asks.
            && !matches!(event.status, 301 | 308)
            && (event.status >= 300 || event.response_bytes > 0);
        let answer = SignInAnswer::of(event);
        if accepted {
            let sizes = self.sign_ins.entry(event.endpoint).or_default();
            if sizes.len() < MAX_SIZES || sizes.contains_key(&answer) {
                sizes.entry(answer).or_default().count += 1;
            }
        }
        let call = LastCall {
            endpoint: event.endpoint,
            time: event.time,
            accepted: accepted.then_some(Accepted {
                endpoint: event.endpoint,
                path_hash: event.path_hash,
                answer,
            }),
        };
        let previous = match self.last.get_mut(&event.client) {
            Some(last) => {
                let previous = std::mem::replace(last, call);
                if event.words.contains(PathWords::ASSET) {
                    last.accepted = previous.accepted;
                }
                previous
            }
            None => {
                if self.last.len() < MAX_CLIENTS {
                    self.last.insert(event.client, call);
                }
                return;
            }
        };
        if event.time.micros_since(previous.time) < idle_gap_micros {
            self.follow(&previous, event);
        }
    }

    fn follow(&mut self, previous: &LastCall, event: &Event) {
        let pair = (previous.endpoint, event.endpoint);
        let has_room = self.pairs.len() < MAX_PAIRS;
        if let Some(count) = self.pairs.get_mut(&pair) {
            *count = count.saturating_add(1);
        } else if has_room {
            self.pairs.insert(pair, 1);
        }
        let Some(Accepted { endpoint, path_hash, answer }) = previous.accepted else { return };
        // A form that is shown again loads its files, and is filled in again. A page beyond it may ask
        // for a second factor: the first was right.
        let stays = event.path_hash == path_hash || event.words.contains(PathWords::ASSET);
        let sizes = self.sign_ins.get_mut(&endpoint).filter(|_| !stays);
        if let Some(answers) = sizes.and_then(|sizes| sizes.get_mut(&answer)) {
            answers.followed += 1;
        }
    }

    /// Adds what was collected of other clients.
    pub fn add(&mut self, other: &Self) {
        self.calls.resize(self.calls.len().max(other.calls.len()), 0);
        self.calls.iter_mut().zip(&other.calls).for_each(|(n, more)| *n = n.saturating_add(*more));
        self.hours.resize(self.hours.len().max(other.hours.len()), 0);
        self.hours.iter_mut().zip(&other.hours).for_each(|(n, more)| *n += more);
        for (pair, more) in &other.pairs {
            let count = self.pairs.entry(*pair).or_default();
            *count = count.saturating_add(*more);
        }
        for (endpoint, sizes) in &other.sign_ins {
            let own = self.sign_ins.entry(*endpoint).or_default();
            for (answer, more) in sizes {
                own.entry(*answer).or_default().add(*more);
            }
        }
        self.last.extend(&other.last);
    }

    /// How many distinct clients there were; no more than a million are counted.
    pub fn clients(&self) -> usize {
        self.last.len()
    }

    /// The answers to sign-ins that were accepted, by endpoint, and how many there were of each.
    pub fn accepted_sign_ins(&self) -> impl Iterator<Item = (EndpointId, SignInAnswer, u32)> {
        self.sign_ins.iter().flat_map(|(endpoint, sizes)| {
            sizes.iter().map(|(answer, answers)| (*endpoint, *answer, answers.count))
        })
    }

    /// What was learned.
    pub fn finish(self) -> Profiles {
        let total: f32 = self.calls.iter().map(|count| *count as f32).sum();
        let kinds = self.calls.len() as f32 + 1.0;
        let share: Vec<f32> =
            self.calls.iter().map(|count| (*count as f32 + 1.0) / (total + kinds)).collect();
        let mut left = vec![0_u64; self.calls.len()];
        for ((previous, _), count) in &self.pairs {
            left[previous.0 as usize] += u64::from(*count);
        }
        let transitions = self
            .pairs
            .iter()
            .map(|((previous, next), count)| {
                let backed_off = BACK_OFF_WEIGHT * share[next.0 as usize];
                let from = left[previous.0 as usize] as f32 + BACK_OFF_WEIGHT;
                ((*previous, *next), -((*count as f32 + backed_off) / from).log2())
            })
            .collect();
        let never_after =
            left.iter().map(|from| (*from as f32 / BACK_OFF_WEIGHT + 1.0).log2()).collect();
        Profiles {
            transitions,
            calls: share.iter().map(|share| -share.log2()).collect(),
            never_after,
            week: SiteWeek::fit(&self.hours),
            sign_ins: self
                .sign_ins
                .iter()
                .filter_map(|(endpoint, sizes)| Some((*endpoint, split(sizes)?)))
                .collect(),
        }
    }
}

/// Profiles of a site's parts: each without the clients of one part, so that what a client does can be
/// held against a site that has not seen it. Judged against profiles that hold its own calls, no client
/// ever takes a step that was never seen, and a model learns that whoever does attacks.
#[derive(Clone, Debug)]
pub struct ProfileFolds {
    folds: Vec<ProfilesFit>,
}

impl ProfileFolds {
    /// So many parts, of which nothing is known yet.
    ///
    /// # Panics
    /// When there are fewer than two.
    pub fn new(folds: usize) -> Self {
        assert!(folds > 1, "{folds} folds: what is left out must leave something");
        Self { folds: vec![ProfilesFit::default(); folds] }
    }

    /// Takes in an event of a client that belongs to a part, as [`ProfilesFit::observe`] does.
    pub fn observe(&mut self, fold: usize, event: &Event, idle_gap_micros: i64) {
        self.folds[fold].observe(event, idle_gap_micros);
    }

    /// The profiles of all clients, and those without the clients of each part.
    pub fn finish(self) -> (Profiles, Vec<Profiles>) {
        let joined = |left_out: Option<usize>| {
            let mut sum = ProfilesFit::default();
            let kept = self.folds.iter().enumerate().filter(|(fold, _)| Some(*fold) != left_out);
            kept.for_each(|(_, fold)| sum.add(fold));
            sum.finish()
        };
        (joined(None), (0..self.folds.len()).map(|fold| joined(Some(fold))).collect())
    }
}

/// Splits the answers to accepted sign-ins into two sizes, where they fall apart clearly and one of
/// the two is followed by other calls far more often: that one means success.
///
/// A person who has signed in goes on; one who has failed tries again. The rule is ours; the figures
/// were chosen on simulated logins before any recording was read: at least 20 answers, 5 on each
/// side, sizes 1.3 times apart, and a follow-up share that differs by 0.3 or more. The text of a redirect
/// differs by where it leads alone, so any two sizes are apart, but they must differ in half of what follows
/// (chosen with the recording `d` in view).
fn split(answers: &BTreeMap<SignInAnswer, Answers>) -> Option<SignIn> {
    const PAGES: Apart = Apart { size_ratio: 1.3, share_difference: 0.3 };
    const REDIRECTS: Apart = Apart { size_ratio: 1.0, share_difference: 0.5 };

    let redirects = answers.keys().all(|answer| answer.is_redirect);
    let mut sizes: BTreeMap<u32, Answers> = BTreeMap::new();
    for (answer, more) in answers {
        let bytes = if redirects { answer.bytes } else { answer.page_bytes() };
        sizes.entry(bytes).or_default().add(*more);
    }
    let apart = if redirects { REDIRECTS } else { PAGES };
    let (split_bytes, smaller_fails) = split_sizes(&sizes, apart)?;
    Some(SignIn { split_bytes, smaller_fails, redirects })
}

/// How far two sizes, and what follows them, must be apart.
#[derive(Clone, Copy)]
struct Apart {
    size_ratio: f32,
    share_difference: f32,
}

/// The smaller size's end, and whether that one means failure.
fn split_sizes(sizes: &BTreeMap<u32, Answers>, apart: Apart) -> Option<(u32, bool)> {
    const LEAST_ANSWERS: u32 = 20;
    const LEAST_A_SIDE: u32 = 5;

    let mut all = Answers::default();
    sizes.values().for_each(|answers| all.add(*answers));
    if all.count < LEAST_ANSWERS {
        return None;
    }
    let share = |answers: Answers| answers.followed as f32 / answers.count as f32;
    let mut smaller = Answers::default();
    let mut best: Option<(f32, (u32, bool))> = None;
    for ((size, answers), next) in sizes.iter().zip(sizes.keys().skip(1)) {
        smaller.add(*answers);
        let larger =
            Answers { count: all.count - smaller.count, followed: all.followed - smaller.followed };
        let is_apart = *next as f32 >= *size as f32 * apart.size_ratio;
        if !is_apart || smaller.count.min(larger.count) < LEAST_A_SIDE {
            continue;
        }
        let difference = share(larger) - share(smaller);
        if difference.abs() >= apart.share_difference
            && best.is_none_or(|(most, _)| difference.abs() > most)
        {
            best = Some((difference.abs(), (*size, difference > 0.0)));
        }
    }
    best.map(|(_, split)| split)
}

#[cfg(test)]
#[path = "profiles_tests.rs"]
mod fold_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(counts: &[(u16, u32, u32, u32)]) -> BTreeMap<SignInAnswer, Answers> {
        let answer = |&(status, bytes, count, followed)| {
            let answer = SignInAnswer { is_redirect: status >= 300, bytes };
            (answer, Answers { count, followed })
        };
        counts.iter().map(answer).collect()
    }

    fn fails(sign_in: SignIn, status: u16, bytes: u32) -> bool {
        sign_in.is_failure(SignInAnswer { is_redirect: status >= 300, bytes })
    }

    #[test]
    fn failures_that_answer_200_are_told_by_size_and_by_what_follows() {
        let sizes = [(200, 60, 40, 2), (200, 81, 30, 1), (200, 225, 50, 48)];
        let small_fails = split(&answers(&sizes)).unwrap();
        assert!(fails(small_fails, 200, 70) && !fails(small_fails, 200, 230));
        // A form that is shown again, where others are sent on.
        let sizes = [(302, 154, 50, 45), (200, 5_000, 20, 1)];
        let large_fails = split(&answers(&sizes)).unwrap();
        assert!(fails(large_fails, 200, 5_000) && !fails(large_fails, 302, 154));
        assert!(!fails(large_fails, 302, 90_000));
    }

    #[test]
    fn failures_that_are_sent_back_to_the_form_are_told_by_the_size_of_the_redirect() {
        let back = split(&answers(&[(302, 30, 83, 80), (302, 36, 560, 4)])).unwrap();
        assert!(fails(back, 302, 36) && !fails(back, 302, 30) && !fails(back, 200, 36));
        // Two places that people are sent to, and go on from.
        assert_eq!(split(&answers(&[(302, 30, 83, 80), (302, 36, 60, 40)])), None);
    }

    #[test]
    fn one_size_or_one_habit_tells_nothing() {
        assert_eq!(split(&answers(&[(200, 225, 500, 400)])), None);
        assert_eq!(split(&answers(&[(200, 60, 40, 30), (200, 225, 50, 40)])), None);
        assert_eq!(split(&answers(&[(200, 60, 4, 0), (200, 225, 5, 5)])), None);
    }
}
