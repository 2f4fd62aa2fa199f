//! One event as JSON.

use std::fmt::Write;

use chrono::DateTime;

use super::Random;
use super::people::Person;

/// Library, version, user agent, channel.
const DEVICES: [(&str, &str, &str, &str); 4] = [
    (
        "analytics.js",
        "next-1.81.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        "client",
    ),
    (
        "analytics.js",
        "next-1.81.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
        "client",
    ),
    ("analytics-kotlin", "1.21.0", "Dalvik/2.1.0 (Linux; U; Android 16; Pixel 9 Build/BP2A.250605.031)", "mobile"),
    ("@segment/analytics-node", "2.3.0", "analytics-node/2.3.0", "server"),
];

const NAMES: [&str; 12] =
    ["ada", "bela", "chidi", "daría", "emre", "fatou", "gřeta", "haruki", "inès", "jón", "kwame", "lé"];
const LOCALES: [&str; 6] = ["en-US", "en-GB", "de-DE", "fr-FR", "ja-JP", "pt-BR"];
const ZONES: [&str; 5] = ["America/New_York", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "America/Sao_Paulo"];
const PLANS: [&str; 3] = ["free", "plus", "team"];
const TITLES: [&str; 4] = ["Home", "Følgende 📌", "\\\"Best of\\\" today", "Your feed \\u2014 latest"];

/// The share of each declared kind, of 1,000.
const POSTS: u64 = 400;
const FOLLOWS: u64 = 750;
const UNFOLLOWS: u64 = 850;

/// Builds one event; every part of it is plausible and made up.
pub(super) struct Writer<'a> {
    random: &'a mut Random,
    person: Person,
    /// When it really happens, in milliseconds since 1970.
    time: i64,
    number: u64,
    json: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(random: &'a mut Random, person: Person, time: i64, number: u64) -> Self {
        Writer { random, person, time, number, json: String::with_capacity(1200) }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.json.into_bytes()
    }

    /// Writes the event; returns its table.
    pub(super) fn write(&mut self, unknown_of_1000: u32) -> &'static str {
        if self.random.is(unknown_of_1000) {
            return self.unknown();
        }
        match self.random.below(1000) {
            below if below < POSTS => self.post(),
            below if below < FOLLOWS => self.follow("User Followed", "follows"),
            below if below < UNFOLLOWS => self.follow("User Unfollowed", "unfollows"),
            _ => self.identify(),
        }
    }

    fn post(&mut self) -> &'static str {
        let (post, length, image) = (self.random.next() >> 10, self.random.below(500), self.random.is(300));
        self.text("{\"type\":\"track\",\"event\":\"Post Created\",");
        self.part(format_args!(
            "\"properties\":{{\"post_id\":{post},\"text_length\":{length},\"has_image\":{image},\"mood\":{}.{}}},",
            length % 10,
            post % 100
        ));
        self.rest();
        "posts"
    }

    fn follow(&mut self, event: &str, table: &'static str) -> &'static str {
        let (other, source) = (self.random.below(5_000), *self.random.one(&["profile", "suggestion", "search"]));
        self.part(format_args!(
            "{{\"type\":\"track\",\"event\":\"{event}\",\"properties\":{{\"followed_id\":\"u-{other}\",\"source\":\"{source}\"}},"
        ));
        self.rest();
        table
    }

    fn identify(&mut self) -> &'static str {
        self.text("{\"type\":\"identify\",\"traits\":{");
        self.traits();
        let created = instant(self.time - i64::from(self.person.number) * 3_600_000);
        let (plan, day) = (*self.random.one(&PLANS), 1 + self.random.below(28));
        self.part(format_args!(
            ",\"plan\":\"{plan}\",\"createdAt\":\"{created}\",\"birthday\":\"1990-02-{day:02}\"}},"
        ));
        self.rest();
        "users"
    }

    /// Types and names that no table declares.
    fn unknown(&mut self) -> &'static str {
        let kinds = [
            (
                "{\"type\":\"track\",\"event\":\"Post Shared\",\"properties\":{\"post_id\":17},",
                "other_track_post_shared",
            ),
            ("{\"type\":\"page\",\"name\":\"Home\",\"properties\":{\"title\":\"Home\"},", "other_page"),
            ("{\"type\":\"group\",\"groupId\":\"g-1\",\"traits\":{\"seats\":12},", "other_group"),
        ];
        let (text, table) = *self.random.one(&kinds);
        self.text(text);
        self.rest();
        table
    }

    /// What every event has.
    fn rest(&mut self) {
        let Person { number, clock_ahead, device } = self.person;
        let (library, version, agent, channel) = DEVICES[device];
        let sent_after = 20 + i64::try_from(self.random.below(9_000)).unwrap_or_default();
        let original = instant(self.time + clock_ahead);
        let sent = instant(self.time + clock_ahead + sent_after);
        let (id, anonymous) = (self.random.next(), self.random.next());
        let (event, locale) = (self.number, *self.random.one(&LOCALES));
        let (zone, title) = (*self.random.one(&ZONES), *self.random.one(&TITLES));
        let (octet, width, height) = (self.random.below(254) + 1, 360 + 8 * u64::from(number % 150), 780);
        self.part(format_args!(
            "\"messageId\":\"ajs-{id:016x}-{event:x}\",\"userId\":\"u-{number}\",\"anonymousId\":\"{anonymous:016x}\",\
             \"originalTimestamp\":\"{original}\",\"sentAt\":\"{sent}\",\"channel\":\"{channel}\",\"context\":{{\
             \"library\":{{\"name\":\"{library}\",\"version\":\"{version}\"}},\"userAgent\":\"{agent}\",\
             \"ip\":\"203.0.113.{octet}\",\"locale\":\"{locale}\",\"timezone\":\"{zone}\",\
             \"page\":{{\"path\":\"/feed\",\"referrer\":\"https://social.example/explore?tab=new\",\"search\":\"\",\
             \"title\":\"{title}\",\"url\":\"https://social.example/feed\"}},\
             \"screen\":{{\"width\":{width},\"height\":{height},\"density\":2}},\
             \"campaign\":{{\"name\":\"autumn\",\"source\":\"newsletter\",\"medium\":\"email\"}},\"traits\":{{"
        ));
        self.traits();
        self.text("}},\"integrations\":{\"All\":true}}");
    }

    /// What identifies a person: it must not be stored unchanged.
    fn traits(&mut self) {
        let number = self.person.number;
        let name = NAMES[number as usize % NAMES.len()];
        self.part(format_args!(
            "\"username\":\"{name}{number}\",\"email\":\"{name}.{number}@mail.example\",\"phone\":\"+49 151 {:07}\"",
            5_550_000 + u64::from(number)
        ));
    }

    fn text(&mut self, text: &str) {
        self.json.push_str(text);
    }

    fn part(&mut self, part: std::fmt::Arguments<'_>) {
        // A `String` takes everything.
        let _ = self.json.write_fmt(part);
    }
}

fn instant(millis: i64) -> String {
    let time = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
