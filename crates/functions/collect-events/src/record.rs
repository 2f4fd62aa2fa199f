//! An event as it goes into the stream.

use std::borrow::Cow;

use json_members::text;
use uuid::Uuid;

use crate::address;
use crate::members::{Member, Object, quoted, separate};
use crate::plan::{Plan, Shared};

/// A partition key has at most 256 characters (API reference, `PutRecords`); counted in UTF-16, as the strictest reader would.
const KEY_CHARACTERS_MAX: usize = 256;

/// One record of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Who did it: a user's events stay in one shard.
    pub(crate) key: String,
    /// One JSON object.
    pub(crate) data: String,
}

/// What the collector knows of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp<'a> {
    pub(crate) received_at: &'a str,
    pub(crate) source_ip: Option<&'a str>,
}

/// A member that the event gets in place of its own: a name and JSON; or that it loses.
type Change<'a> = (&'static str, Option<Cow<'a, str>>);

impl Plan<'_> {
    /// The events as records, one after another.
    pub(crate) fn records(&self, stamp: Stamp<'_>) -> impl Iterator<Item = Record> {
        self.events.iter().map(move |event| record(event, self.path_type, &self.shared, stamp))
    }
}

fn record(event: &Object<'_>, path_type: Option<&str>, shared: &Shared<'_>, stamp: Stamp<'_>) -> Record {
    let mut changes: Vec<Change<'_>> = vec![
        // The stream's readers correct clients' clocks by it, so it is always the collector's own.
        ("receivedAt", Some(format!("\"{}\"", stamp.received_at).into())),
        // A key to the collector is none of the event's.
        ("writeKey", None),
    ];
    if let Some(name) = path_type.filter(|name| event.value("type").and_then(text).as_deref() != Some(*name)) {
        changes.push(("type", Some(quoted(name).into())));
    }
    let id = event.value("messageId").filter(|id| is_id(id)).map_or_else(fresh_id, Cow::Borrowed);
    if let Cow::Owned(id) = &id {
        changes.push(("messageId", Some(id.clone().into())));
    }
    if let Some(sent_at) = shared.sent_at.filter(|_| event.value("sentAt").is_none_or(|value| value == "null")) {
        changes.push(("sentAt", Some(sent_at.into())));
    }
    if let Some(context) = context(event, shared.context.as_ref(), stamp.source_ip) {
        changes.push(("context", Some(context.into())));
    }
    if let Some(integrations) = merged(event.value("integrations"), shared.integrations.as_ref(), None) {
        changes.push(("integrations", Some(integrations.into())));
    }
    Record { key: partition_key(event, &id), data: changed(event, &changes) }
}

/// The event's text with the changes at its end.
fn changed(event: &Object<'_>, changes: &[Change<'_>]) -> String {
    let is_changed = |member: &Member<'_>| changes.iter().any(|(name, _)| member.is(name));
    let mut out = String::with_capacity(event.text.len() + 256);
    out.push('{');
    if event.members.iter().any(is_changed) {
        event.members.iter().filter(|member| !is_changed(member)).for_each(|member| member.write(&mut out));
    } else {
        out.push_str(event.inside());
    }
    for (name, value) in changes {
        let Some(value) = value else { continue };
        separate(&mut out);
        for part in ["\"", name, "\":", value] {
            out.push_str(part);
        }
    }
    out.push('}');
    out
}

/// The event's `context` with the batch's and the caller's address, if that changes it.
fn context(event: &Object<'_>, shared: Option<&Object<'_>>, source_ip: Option<&str>) -> Option<String> {
    let own = event.value("context");
    let object = own.and_then(|own| Object::read(own).ok());
    let find = |name: &str| {
        let own = object.as_ref().and_then(|own| own.value(name));
        own.or_else(|| shared.and_then(|shared| shared.value(name)))
    };
    let ip = source_ip.filter(|ip| !ip.is_empty() && address::is_wanted(find));
    merged(own, shared, ip)
}

/// The event's own object with the members that only the batch's has, and an address. `None`: nothing is added, or the event has something
/// else than an object there, which is left to it.
fn merged(own: Option<&str>, shared: Option<&Object<'_>>, ip: Option<&str>) -> Option<String> {
    let own = match own.filter(|own| *own != "null") {
        Some(own) => Object::read(own).ok()?,
        None => Object { text: "{}", members: Vec::new() },
    };
    let is_own = |member: &Member<'_>| own.members.iter().any(|of_event| of_event.is_named_as(member));
    let added = shared.map_or(&[][..], |shared| &shared.members);
    let mut added = added.iter().filter(|member| !is_own(member)).peekable();
    if ip.is_none() && added.peek().is_none() {
        return None;
    }
    let mut out = String::with_capacity(own.text.len() + shared.map_or(0, |shared| shared.text.len()) + 64);
    out.push('{');
    out.push_str(own.inside());
    added.for_each(|member| member.write(&mut out));
    if let Some(ip) = ip {
        separate(&mut out);
        out.push_str("\"ip\":");
        out.push_str(&quoted(ip));
    }
    out.push('}');
    Some(out)
}

/// A text that is not blank, or a number: what `transform-events` takes for an id, too.
fn is_id(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'"') => !id_text(json).trim().is_empty(),
        first => first.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-'),
    }
}

fn fresh_id<'a>() -> Cow<'a, str> {
    Cow::Owned(format!("\"landfall-{}\"", Uuid::new_v4()))
}

/// The characters of an id; one with halves of characters is taken as it is written.
fn id_text(json: &str) -> Cow<'_, str> {
    text(json).unwrap_or(Cow::Borrowed(json))
}

fn partition_key(event: &Object<'_>, message_id: &str) -> String {
    let who = ["userId", "anonymousId"].into_iter().find_map(|name| event.value(name).filter(|id| is_id(id)));
    let text = id_text(who.unwrap_or(message_id));
    let mut characters = 0;
    let fits = |character: &char| {
        characters += character.len_utf16();
        characters <= KEY_CHARACTERS_MAX
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests;
