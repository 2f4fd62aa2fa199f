//! Regular expressions with Redshift's parameters: `i`, `c`, `p` (PCRE), `e` (first subexpression).

use std::cell::RefCell;
use std::collections::HashMap;

use fancy_regex::Regex;

use super::answer::Answer;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// Patterns kept per thread; above this the cache starts again.
const MOST_PATTERNS: usize = 256;

struct Flags {
    subexpression: bool,
}

fn compiled(pattern: &str, flags: &str) -> Result<(Regex, Flags), String> {
    if let Some(unknown) = flags.chars().find(|c| !"icep".contains(*c)) {
        return Err(format!("invalid regular expression parameter \"{unknown}\""));
    }
    let source = if flags.contains('i') { format!("(?i){pattern}") } else { pattern.to_string() };
    let regex = COMPILED.with(|cache| {
        let mut cache = cache.borrow_mut();
        if let Some(regex) = cache.get(&source) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(&source).map_err(|e| format!("Invalid regular expression: {e}"))?;
        if cache.len() >= MOST_PATTERNS {
            cache.clear();
        }
        cache.insert(source, regex.clone());
        Ok::<_, String>(regex)
    })?;
    Ok((regex, Flags { subexpression: flags.contains('e') }))
}

/// Byte ranges of the matches from a position in characters, counted from 1.
fn matches(regex: &Regex, text: &str, position: &str, group: usize) -> Result<Vec<(usize, usize)>, String> {
    let skip = position.parse::<usize>().unwrap_or(1).saturating_sub(1);
    let start = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
    let mut found = Vec::new();
    for capture in regex.captures_iter(text.get(start..).unwrap_or("")) {
        let capture = capture.map_err(|e| format!("Regular expression error: {e}"))?;
        let whole = capture.get(group).or_else(|| capture.get(0));
        if let Some(hit) = whole {
            found.push((start + hit.start(), start + hit.end()));
        }
    }
    Ok(found)
}

/// `(text, pattern, position, flags)`.
pub(super) fn count(arguments: &[&str]) -> Answer {
    let [text, pattern, position, flags] = arguments else { return Ok(None) };
    let (regex, _) = compiled(pattern, flags)?;
    Ok(Some(matches(&regex, text, position, 0)?.len().to_string()))
}

/// `(text, pattern, position, occurrence, option, flags)`.
pub(super) fn instr(arguments: &[&str]) -> Answer {
    let [text, pattern, position, occurrence, option, flags] = arguments else { return Ok(None) };
    let (regex, Flags { subexpression }) = compiled(pattern, flags)?;
    let hits = matches(&regex, text, position, usize::from(subexpression))?;
    let wanted = occurrence.parse::<usize>().unwrap_or(1).saturating_sub(1);
    let at = hits.get(wanted).map_or(0, |(start, end)| {
        let byte = if *option == "0" { start } else { end };
        text.get(..*byte).unwrap_or("").chars().count() + 1
    });
    Ok(Some(at.to_string()))
}

/// `(text, pattern, position, occurrence, flags)`.
pub(super) fn substr(arguments: &[&str]) -> Answer {
    let [text, pattern, position, occurrence, flags] = arguments else { return Ok(None) };
    let (regex, Flags { subexpression }) = compiled(pattern, flags)?;
    let hits = matches(&regex, text, position, usize::from(subexpression))?;
    let wanted = occurrence.parse::<usize>().unwrap_or(1).saturating_sub(1);
    Ok(Some(hits.get(wanted).and_then(|(start, end)| text.get(*start..*end)).unwrap_or("").to_string()))
}

/// `(text, pattern, replacement, position, flags)`; `$1` in the replacement is the first subexpression.
pub(super) fn replace(arguments: &[&str]) -> Answer {
    let [text, pattern, replacement, position, flags] = arguments else { return Ok(None) };
    let (regex, _) = compiled(pattern, flags)?;
    let skip = position.parse::<usize>().unwrap_or(1).saturating_sub(1);
    let start = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
    let (kept, searched) = text.split_at(start);
    let replaced = regex.replace_all(searched, *replacement);
    Ok(Some(format!("{kept}{replaced}")))
}
