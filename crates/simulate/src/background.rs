//! Traffic that looks odd and is not: what must not alert.

use serde::Deserialize;

use crate::call::{Addresses, Call, Caller, Origin, token};
use crate::people::{Span, Visitor, walk};
use crate::site::{Answer, Owner, Role};
use crate::{Chance, Site};

/// Somebody ordinary who does not behave like a person at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People of one office behind one address; `size` of them.
    OfficeNat,
    /// People behind a cache of the site's network that passes their addresses on; `size` of them.
    CdnEdge,
    /// People of a company whose proxy adds their private addresses; `size` of them.
    CorporateProxy,
    /// A monitor that asks whether the site is well; every `size` seconds.
    Monitor,
    /// Another company's program with a token of its own; `size` calls each five minutes.
    Partner,
    /// A search engine that reads page after page; one each `size` seconds.
    Crawler,
    /// Very many people for one page within two minutes; `size` of them.
    FlashCrowd,
    /// An old app that asks for what is no longer there; every `size` seconds.
    StaleApp,
    /// A program that presents one stale token again and again; every `size` seconds.
    SyncClient,
    /// A job that reads object after object with the site's own token; `size` calls.
    BatchJob,
    /// One person who does very much; `size` pages.
    PowerUser,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::OfficeNat,
        Self::CdnEdge,
        Self::CorporateProxy,
        Self::Monitor,
        Self::Partner,
        Self::Crawler,
        Self::FlashCrowd,
        Self::StaleApp,
        Self::SyncClient,
        Self::BatchJob,
        Self::PowerUser,
    ];

    /// The name in scenarios, and of the group in a truth.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfficeNat => "office_nat",
            Self::CdnEdge => "cdn_edge",
            Self::CorporateProxy => "corporate_proxy",
            Self::Monitor => "monitor",
            Self::Partner => "partner",
            Self::Crawler => "crawler",
            Self::FlashCrowd => "flash_crowd",
            Self::StaleApp => "stale_app",
            Self::SyncClient => "sync_client",
            Self::BatchJob => "batch_job",
            Self::PowerUser => "power_user",
        }
    }

    /// The size where a scenario names none.
    pub const fn usual_size(self) -> u32 {
        match self {
            Self::OfficeNat | Self::CdnEdge | Self::CorporateProxy => 25,
            Self::Monitor => 30,
            Self::Partner | Self::StaleApp => 20,
            Self::Crawler => 6,
            Self::FlashCrowd => 150,
            Self::SyncClient => 300,
            Self::BatchJob => 400,
            Self::PowerUser => 250,
        }
    }
}

/// Calls, and who is signed in among them.
pub(crate) type Played = (Vec<Call>, Vec<Owner>);

/// Plays one of them over the whole of a span.
pub(crate) fn play(
    kind: Kind,
    size: u32,
    site: &Site,
    span: Span,
    addresses: &mut Addresses,
    chance: &mut Chance,
) -> Played {
    let mut player = Player { group: kind.name(), size, site, span, addresses, chance };
    match kind {
        Kind::OfficeNat => player.office(|_| String::new()),
        Kind::CdnEdge => player.office(|chance| {
            let any = chance.bits() as u32;
            format!("{}.{}.{}.{}", 64 + any % 60, any >> 8 & 255, any >> 16 & 255, any >> 24)
        }),
        Kind::CorporateProxy => player.office(|chance| {
            let any = chance.bits() as u32;
            format!("10.{}.{}.{}", any & 3, any >> 8 & 255, any >> 16 & 255)
        }),
        Kind::Monitor => player.monitor(),
        Kind::Partner => player.partner(),
        Kind::Crawler => player.crawler(),
        Kind::FlashCrowd => player.flash_crowd(),
        Kind::StaleApp => player.stale_app(),
        Kind::SyncClient => player.sync_client(),
        Kind::BatchJob => player.batch_job(),
        Kind::PowerUser => player.power_user(),
    }
}

struct Player<'a> {
    group: &'static str,
    size: u32,
    site: &'a Site,
    span: Span,
    addresses: &'a mut Addresses,
    chance: &'a mut Chance,
}

impl Player<'_> {
    fn program(&mut self, agent: &str) -> Caller {
        Caller::new(self.addresses.give(), agent.into(), Origin::Ordinary(self.group))
    }

    /// Many people at one address, each with what `forwarded` makes of them.
    fn office(&mut self, forwarded: impl Fn(&mut Chance) -> String) -> Played {
        let peer = self.addresses.give();
        let (mut calls, mut owners) = Played::default();
        for _ in 0..self.size {
            let mut person = Visitor::new(self.site, self.group, self.addresses, self.chance);
            person.caller.peer = peer;
            person.caller.forwarded = forwarded(self.chance);
            let begins = self.span.arrival(self.chance);
            let (visit, owner) = person.browse(self.site, begins, self.chance);
            calls.extend(visit);
            owners.extend(owner);
        }
        (calls, owners)
    }

    fn monitor(&mut self) -> Played {
        let caller = self.program("Uptime-Check/2.1 (+https://status.example)");
        let asked = self.site.of_any(&[Role::Health])[0];
        let every = f64::from(self.size.max(1));
        let mut calls = Vec::new();
        let mut secs = self.chance.unit() * every;
        while secs < self.span.lasts_secs {
            let (time, answer) = (self.span.at(secs), asked.answer);
            calls.push(caller.call(time, asked, 1, answer, self.chance));
            secs += every + self.chance.between(-0.05, 0.05);
        }
        (calls, Vec::new())
    }

    fn partner(&mut self) -> Played {
        let mut caller = self.program("partner-sync/3.4 (java 21)");
        caller.credential = Some(token(self.chance));
        caller.account = Some("partner-acme".into());
        let read = self.site.of_any(&[Role::List, Role::Object]);
        let mut calls = Vec::new();
        let mut secs = self.chance.between(0.0, 120.0);
        while secs < self.span.lasts_secs {
            for step in 0..self.size {
                let next = read[step as usize % read.len().min(3)];
                let time = self.span.at(secs + 0.3 * f64::from(step));
                let object = u64::from(step % 12) + 1;
                calls.push(caller.call(time, next, object, next.answer, self.chance));
            }
            secs += 300.0 + self.chance.between(-3.0, 3.0);
        }
        let owners = owners_of(&caller, &calls);
        (calls, owners)
    }

    fn crawler(&mut self) -> Played {
        let caller = self.program("Mozilla/5.0 (compatible; ExampleBot/2.0; +https://bot.example)");
        let read = self.site.of_any(&[Role::Page, Role::Object]);
        let first = self.site.not_found;
        let robots = Answer::of(200, 68.0, first.latency_ms);
        let begins = self.span.at(0.0);
        let mut calls =
            vec![caller.ask(begins, "GET", "/robots.txt".to_owned(), robots, self.chance)];
        let mut secs = 2.0;
        while secs < self.span.lasts_secs {
            let next = *self.chance.pick(&read);
            let object = self.chance.below(3_000) as u64;
            let is_gone = next.has_object() && self.chance.happens(0.04);
            let answer = if is_gone { self.site.not_found } else { next.answer };
            calls.push(caller.call(self.span.at(secs), next, object, answer, self.chance));
            secs += self.chance.around(f64::from(self.size.max(1)), 0.4);
        }
        (calls, Vec::new())
    }

    fn flash_crowd(&mut self) -> Played {
        let pages = self.site.of_any(&[Role::Page]);
        let page = *self.chance.pick(&pages);
        let hour = self.span.lasts_secs * self.chance.between(0.3, 0.6);
        let mut calls = Vec::new();
        for _ in 0..self.size {
            let person = Visitor::new(self.site, self.group, self.addresses, self.chance);
            let mut secs = hour + self.chance.around(40.0, 0.6);
            for _ in 0..1 + self.chance.below(4) {
                let time = self.span.at(secs);
                calls.push(person.caller.call(time, page, 1, page.answer, self.chance));
                for asset in self.site.of(Role::Asset) {
                    secs += 0.05;
                    let time = self.span.at(secs);
                    calls.push(person.caller.call(time, asset, 1, asset.answer, self.chance));
                }
                secs += self.chance.around(6.0, 0.5);
            }
        }
        (calls, Vec::new())
    }

    fn stale_app(&mut self) -> Played {
        let caller = self.program("ShopApp/2.1 (Android 9)");
        let mut calls = Vec::new();
        let mut secs = self.chance.unit() * 20.0;
        while secs < self.span.lasts_secs {
            let (time, gone) = (self.span.at(secs), self.site.not_found);
            calls.push(caller.ask(time, "GET", "/api/v0/banner".to_owned(), gone, self.chance));
            secs += self.chance.around(f64::from(self.size.max(1)), 0.1);
        }
        (calls, Vec::new())
    }

    fn sync_client(&mut self) -> Played {
        let read = self.site.of_any(&[Role::List]);
        let asked = *self.chance.pick(&read);
        let mut caller = self.program("ShopSync/1.8 (Windows 11)");
        caller.credential = Some(token(self.chance));
        let mut calls = Vec::new();
        let mut secs = self.chance.unit() * 60.0;
        while secs < self.span.lasts_secs {
            let time = self.span.at(secs);
            let refused = self.site.unauthorized;
            calls.push(caller.call(time, asked, 1, refused, self.chance));
            secs += f64::from(self.size.max(1)) + self.chance.between(-1.0, 1.0);
        }
        (calls, Vec::new())
    }

    fn batch_job(&mut self) -> Played {
        let mut caller = self.program("shop-export/1.0");
        caller.credential = Some(token(self.chance));
        caller.account = Some("svc-export".into());
        let read = self.site.of_any(&[Role::List]);
        let mut secs = self.span.lasts_secs * self.chance.between(0.1, 0.5);
        let mut calls = Vec::new();
        for step in 0..self.size {
            let next = read[step as usize % read.len().min(2)];
            let time = self.span.at(secs);
            let mut call = caller.call(time, next, 1, next.answer, self.chance);
            call.target += &format!("?page={step}");
            calls.push(call);
            secs += self.chance.around(0.9, 0.2);
        }
        let owners = owners_of(&caller, &calls);
        (calls, owners)
    }

    fn power_user(&mut self) -> Played {
        let mut person = Visitor::new(self.site, self.group, self.addresses, self.chance);
        person.caller.credential = Some(token(self.chance));
        person.caller.account = Some(person.account.clone());
        let caller = person.caller;
        let mut secs = self.span.lasts_secs * self.chance.unit() * 0.3;
        let mut calls = Vec::new();
        for _ in 0..self.size {
            let Some(next) = walk(self.site, self.chance) else { break };
            let object = self.chance.below(400) as u64;
            let time = self.span.at(secs);
            calls.push(caller.call(time, next, object, next.answer, self.chance));
            secs += self.chance.around(3.0, 0.9);
        }
        let owners = owners_of(&caller, &calls);
        (calls, owners)
    }
}

/// Who calls, as somebody who is signed in.
fn owners_of(caller: &Caller, calls: &[Call]) -> Vec<Owner> {
    let (Some(first), Some(last)) = (calls.first(), calls.last()) else { return Vec::new() };
    let owner = caller.credential.clone().map(|credential| Owner {
        account: caller.account.clone(),
        credential,
        peer: caller.peer,
        agent: caller.agent.clone(),
        first: first.time,
        last: last.time,
    });
    owner.into_iter().collect()
}
