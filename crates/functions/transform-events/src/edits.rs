//! The places of an event that the rules of privacy change, found while the event is checked, so that all between them can be copied as it is.

use std::ops::Range;

use json_members::{Readable, Scan};
use pipeline::PrivacyAction;

use crate::members::{Doubtful, Member, plain};
use crate::privacy::{Active, Privacy, narrowed};

/// A place that does not stay as it is.
#[derive(Debug)]
struct Edit {
    /// A member with the comma behind it when it is dropped, else its value.
    place: Range<usize>,
    action: PrivacyAction,
}

/// An object with the places in it that change.
#[derive(Debug)]
pub(crate) struct Edited<'a> {
    pub(crate) members: Vec<Member<'a>>,
    /// For each member where its value begins and which of the edits are in it; none for a member that a rule names itself.
    plans: Vec<Option<(usize, Range<usize>)>>,
    edits: Vec<Edit>,
}

/// The members of the object that the text begins with, checked to the last value, and where it ends. Names with escapes
/// are doubtful, and blanks where a rule looks inside.
pub(crate) fn read<'a>(privacy: &Privacy, text: &'a str) -> Result<(Edited<'a>, usize), Doubtful> {
    let scan = Scan::<Readable>::new(text.as_bytes());
    let (mut members, mut plans, mut edits) = (Vec::with_capacity(24), Vec::with_capacity(24), Vec::with_capacity(8));
    let end = scan.members(0, 1, |name, start| {
        let name = plain(text, &name)?;
        let active = privacy.for_member(name);
        let first = edits.len();
        let is_named = active.iter().any(|(rest, _)| rest.is_empty());
        let end = if is_named { scan.value(start, 1)? } else { look(text, start, 1, &active, &mut edits)? };
        members.push((name.into(), &text[start..end]));
        plans.push((!is_named).then_some((start, first..edits.len())));
        Ok::<_, Doubtful>(end)
    })?;
    Ok((Edited { members, plans, edits }, end))
}

impl<'a> Edited<'a> {
    /// An object whose members are all looked at when they are written.
    pub(crate) fn unplanned(members: Vec<Member<'a>>) -> Self {
        Self { members, plans: Vec::new(), edits: Vec::new() }
    }

    /// Whether `write_value` knows what becomes of the member's value.
    pub(crate) fn is_planned(&self, at: usize) -> bool {
        matches!(self.plans.get(at), Some(Some(_)))
    }

    /// Appends a member's value as the rules leave it; nothing when that is not known.
    pub(crate) fn write_value(&self, out: &mut String, at: usize, privacy: &Privacy) -> Result<(), serde_json::Error> {
        let Some(Some((start, edits))) = self.plans.get(at) else { return Ok(()) };
        let value = self.members[at].1;
        let mut copied = 0;
        for Edit { place, action } in &self.edits[edits.clone()] {
            out.push_str(&value[copied..place.start - start]);
            copied = place.end - start;
            if *action != PrivacyAction::Drop {
                privacy.write_changed(out, &value[place.start - start..copied], *action)?;
            } else if value.as_bytes()[copied] == b'}' && out.ends_with(',') {
                // The last of the object's members that stay has a comma too many.
                out.pop();
            }
        }
        out.push_str(&value[copied..]);
        Ok(())
    }
}

/// Reads the value that begins here to its end.
fn look(text: &str, at: usize, level: usize, active: &[Active<'_>], edits: &mut Vec<Edit>) -> Result<usize, Doubtful> {
    let scan = Scan::<Readable>::new(text.as_bytes());
    match text.as_bytes().get(at) {
        Some(b'{') if !active.is_empty() => look_into_object(text, at, level + 1, active, edits),
        Some(b'[') if !active.is_empty() => {
            let mut last = at;
            let end = scan.items(at, level + 1, |item| {
                only(item == last + 1)?;
                last = look(text, item, level + 1, active, edits)?;
                Ok::<_, Doubtful>(last)
            })?;
            only(end == last + 1 || end == at + 2).map(|()| end)
        }
        _ => Ok(scan.value(at, level)?),
    }
}

fn only(is_so: bool) -> Result<(), Doubtful> {
    if is_so { Ok(()) } else { Err(Doubtful) }
}

fn look_into_object(
    text: &str,
    at: usize,
    level: usize,
    active: &[Active<'_>],
    edits: &mut Vec<Edit>,
) -> Result<usize, Doubtful> {
    let bytes = text.as_bytes();
    let scan = Scan::<Readable>::new(bytes);
    // Where the bracket or the value before is at its end.
    let mut last = at;
    let end = scan.members(at, level, |name, start| {
        let quote = name.inside.start - 1;
        // No blanks: what is written anew has none.
        only(quote == last + 1 && start == name.end() + 1)?;
        let active = narrowed(active, plain(text, &name)?);
        let here = active.iter().find(|(rest, _)| rest.is_empty()).map(|(_, action)| *action);
        let Some(action) = here else {
            last = look(text, start, level, &active, edits)?;
            return Ok(last);
        };
        last = scan.value(start, level)?;
        let place = match action {
            PrivacyAction::Drop => quote..last + usize::from(bytes.get(last) == Some(&b',')),
            PrivacyAction::Hash | PrivacyAction::Mask => start..last,
        };
        edits.push(Edit { place, action });
        Ok::<_, Doubtful>(last)
    })?;
    only(end == last + 1 || end == at + 2).map(|()| end)
}

#[cfg(test)]
mod tests {
    use pipeline::SourceFile;

    use super::*;
    use crate::members;
    use crate::privacy::PrivacyKey;

    fn privacy() -> Privacy {
        let text = r#"
description = "p"
[events]
description = "e"
[events.tables.users]
description = "t"
type = "identify"
[events.privacy]
drop = ["c.ip", "c.x.y", "c.l.y"]
hash = ["c.h"]
mask = ["c.m", "c.x.m"]
"#;
        let file = SourceFile { path: "p/pipeline.toml".to_owned(), text: text.to_owned() };
        let project = pipeline::parse(&[file]).unwrap();
        Privacy::new(&project.events().unwrap().privacy, Some(&PrivacyKey::new("k".repeat(32))))
    }

    /// Planned, or left to the way that looks at every member when it is written; both give the same.
    #[test]
    fn what_is_planned_is_written_as_without_a_plan() {
        let check = |value: &str, is_planned: bool| {
            let (privacy, json) = (privacy(), format!(r#"{{"c":{value}}}"#));
            let mut expected = String::new();
            let (members, _) = members::first_object(&json).unwrap();
            privacy.write_member(&mut expected, &members[0], &privacy.for_member("c")).unwrap();
            let planned = read(&privacy, &json).ok().map(|(edited, end)| {
                assert_eq!(end, json.len());
                let mut out = r#""c":"#.to_owned();
                edited.write_value(&mut out, 0, &privacy).unwrap();
                out
            });
            assert_eq!(planned, is_planned.then_some(expected), "{value}");
        };
        for value in [
            "{}",
            "[]",
            "1",
            r#"{"ip":1}"#,
            r#"{"ip":1,"IP":2}"#,
            r#"{"a":1,"ip":2}"#,
            r#"{"ip":1,"a":2}"#,
            r#"{"a":1,"ip":2,"b":3}"#,
            r#"{"a":",","ip":{"b":1},"x":{"y":1},"ip":[]}"#,
            r#"{"h":"a","m":[12,{"a":"345"}],"ip":0}"#,
            r#"{"x":{"y":1,"m":"12345","y":2},"x":[{"y":1},[{"y":2}],3,{"m":null}]}"#,
            r#"[{"ip":1,"a":{ "b" : 1 }},2]"#,
            r#"{"x":{"y":[]},"l":[],"l":[{"y":1}]}"#,
            r#"{"x.y":1,"é":"ü","h":null}"#,
        ] {
            check(value, true);
        }
        for value in [
            "{ }",
            "[ ]",
            r#"{"a": 1}"#,
            r#"{"a" :1}"#,
            r#"{"a":1 }"#,
            r#"{"a":1, "b":2}"#,
            r#"[1 ,{}]"#,
            r#"[ 1]"#,
            r#"{"\u0069p":1}"#,
        ] {
            check(value, false);
        }
    }
}
