//! Attacks that are woven into a site's traffic, so that there is something to learn from where nobody
//! has labelled anything.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use domain::{Client, CredentialKind, Event, Fingerprint, MICROS_PER_SEC, Method, Position};
use domain::{Request, Threat, Timestamp};
use features::{Limits, ObservePolicy, Profiles};
use ingest::{Directory, NormaliseOptions, Normaliser};
use pipeline::{Front, Label, SampleFit, Sampling};
use simulate::attacks::{Plan, THREATS};
use simulate::{Addresses, Call, Chance, Origin};

use super::sketch::{Shown, SiteSketch};

/// Attacks of each threat. Each is of another strength, so a few dozen cover the range.
const ATTACKS_A_THREAT: usize = 24;
/// Clients of an attack that are learned from: those of one are near copies.
const CLIENTS_AN_ATTACK: usize = 6;
/// Calls of all attacks together.
const MAX_WOVEN_CALLS: usize = 300_000;
/// The shortest time that an attack has, however short the log is.
const LEAST_ROOM_SECS: f64 = 600.0;
/// The longest time that an attack has.
const MOST_ROOM_SECS: f64 = 86_400.0;

/// Attacks on a site, as its log would show them.
#[derive(Clone, Debug)]
pub struct Woven {
    events: Vec<(Event, Threat)>,
    campaigns: BTreeMap<Client, u32>,
    attacks: usize,
}

impl Woven {
    /// Draws attacks of these threats: endpoints, accounts, agents, answers and the times at which they
    /// begin are the site's own, how strong and how hidden they are is drawn over orders of magnitude.
    /// They show nothing that the site's log does not show. The same sketch and seed give the same.
    ///
    /// Where no endpoint is known there is nothing to attack, and nothing comes out.
    pub fn draw(
        sketch: &SiteSketch<'_>,
        threats: &BTreeSet<Threat>,
        directory: &Directory,
        options: NormaliseOptions,
        seed: u64,
    ) -> Self {
        let mut woven = Self { events: Vec::new(), campaigns: BTreeMap::new(), attacks: 0 };
        let Some(site) = sketch.site(directory) else { return woven };
        let moments = sketch.moments();
        let last = moments.iter().max().copied().unwrap_or_default();
        let mut addresses = Addresses::default();
        let mut calls: Vec<(Call, Threat)> = Vec::new();
        for number in 0..ATTACKS_A_THREAT * THREATS.len() {
            let threat = THREATS[number % THREATS.len()];
            if !threats.contains(&threat) || calls.len() > MAX_WOVEN_CALLS {
                continue;
            }
            let mut chance = Chance::new(seed, 0x3_0000 + number as u64);
            let begins = *chance.pick(moments);
            let room = last.secs_since(begins).clamp(LEAST_ROOM_SECS, MOST_ROOM_SECS);
            let plan = Plan::draw(threat, begins, room, &mut chance);
            // Hidden and open ones alike: the scenarios' own attacks are mostly open.
            let plan = Plan { begins, mimicry: chance.unit(), ..plan };
            let played = plan.play(number as u32, &site, &mut addresses, &mut chance);
            woven.attacks += usize::from(!played.is_empty());
            calls.extend(played.into_iter().map(|call| (call, threat)));
        }
        calls.truncate(MAX_WOVEN_CALLS);
        calls.sort_by_key(|(call, _)| call.time);
        woven.normalise(&calls, sketch.shown(), directory, options);
        woven
    }

    /// The calls as events: through the same door as those of a log.
    fn normalise(
        &mut self,
        calls: &[(Call, Threat)],
        shown: Shown,
        directory: &Directory,
        options: NormaliseOptions,
    ) {
        // The addresses are nobody's: none of them is a proxy.
        let options = NormaliseOptions { trusted_proxies: Vec::new(), openapi: None, ..options };
        let mut normaliser = Normaliser::frozen(directory.endpoints.clone(), options);
        if shown.credentials {
            // A refused call without a credential means something only where the log would show one.
            let credential = Some(fingerprint("the first to be shown"));
            normaliser.normalise(&Request { credential, ..Request::default() });
        }
        let mut clients: BTreeMap<u32, usize> = BTreeMap::new();
        for (call, threat) in calls {
            let Origin::Attack(number) = call.origin else { continue };
            let event = normaliser.normalise(&request(call, shown));
            if let Entry::Vacant(place) = self.campaigns.entry(event.client) {
                let known = clients.entry(number).or_default();
                if *known == CLIENTS_AN_ATTACK {
                    continue;
                }
                *known += 1;
                place.insert(number);
            }
            self.events.push((event, *threat));
        }
    }

    /// How many attacks there are.
    pub fn attacks(&self) -> usize {
        self.attacks
    }

    /// How many of their clients are learned from.
    pub fn attackers(&self) -> usize {
        self.campaigns.len()
    }

    /// The attack that a client is part of, by its number.
    pub(super) fn campaign(&self, client: Client) -> Option<u32> {
        self.campaigns.get(&client).copied()
    }

    /// The rows of the attackers, against the profiles of the site without the attack's own part.
    ///
    /// They are followed apart from the site's traffic: what is normal, usual or drawn as a sample of the
    /// site cannot come to hold any of it. That is no simplification, since a client's row depends on
    /// its own calls alone, and no client of the site attacks.
    pub fn observe(&self, profiles: &[Profiles], limits: Limits) -> SampleFit {
        let sampling = Sampling::of(0);
        let mut sample = SampleFit::new(sampling);
        let mut front = Front::new(0, 1, limits, ObservePolicy::Fitting);
        for (event, threat) in &self.events {
            let campaign = self.campaign(event.client).unwrap_or(0) as usize;
            let client = domain::Entity::Client(event.client);
            sample.mark(client, Label::Attack(*threat), event.time);
            let profiles = &profiles[campaign % profiles.len()];
            let wanted = |entity: &domain::Entity| *entity == client;
            front.observe(event, profiles, wanted, |seen| sample.observe(&seen));
        }
        front.finish(|seen| sample.observe(&seen));
        sample
    }
}

/// A call as a line of the site's log would tell it.
fn request(call: &Call, shown: Shown) -> Request<'_> {
    let text = |text: &str, shows: bool| -> Cow<'_, [u8]> {
        if shows { Cow::Owned(text.as_bytes().to_vec()) } else { Cow::Borrowed(b"") }
    };
    let credential = call.credential.as_deref().filter(|_| shown.credentials).map(fingerprint);
    let micros = call.time.as_micros();
    let micros = if shown.fractions { micros } else { micros - micros.rem_euclid(MICROS_PER_SEC) };
    Request {
        position: Position::default(),
        time: Timestamp::from_micros(micros),
        peer: text(&call.peer.to_string(), true),
        forwarded: text(&call.forwarded, shown.forwarded),
        user: text(call.account.as_deref().unwrap_or(""), shown.accounts),
        credential,
        credential_kind: credential.map_or(CredentialKind::Token, |it| shown.kind_of(it)),
        method: Method::from_token(call.method.as_bytes()),
        target: text(&call.target, true),
        referer: text(&call.referer, shown.referers),
        agent: text(&call.agent, true),
        status: Some(call.status),
        response_bytes: shown.sizes.then_some(call.response_bytes),
        latency_micros: shown.latencies.then_some((call.latency_ms * 1_000.0) as u64),
        ..Request::default()
    }
}

impl Shown {
    /// What a credential is: one of the kinds that the site has, and always the same.
    fn kind_of(self, credential: Fingerprint) -> CredentialKind {
        match credential.0.get() % 4 {
            0 if self.cookies => CredentialKind::Cookie,
            1 if self.passwords => CredentialKind::Password,
            2 if self.keys => CredentialKind::Key,
            _ => CredentialKind::Token,
        }
    }
}

fn fingerprint(text: &str) -> Fingerprint {
    let digest = blake3::hash(text.as_bytes());
    let first: [u8; 8] = digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes");
    Fingerprint(NonZeroU64::new(u64::from_le_bytes(first)).unwrap_or(NonZeroU64::MIN))
}
