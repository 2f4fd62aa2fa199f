//! Functions of words, and the texts that stand for booleans.

use super::answer::Answer;

/// Capitalises every word; a word is a run of letters and digits.
pub(super) fn initcap(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let mut inside = false;
    let mut answer = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            answer.extend(c.to_lowercase());
        } else {
            answer.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric();
    }
    Ok(Some(answer))
}

fn code(c: char) -> Option<u8> {
    match c.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => Some(b'1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some(b'2'),
        'D' | 'T' => Some(b'3'),
        'L' => Some(b'4'),
        'M' | 'N' => Some(b'5'),
        'R' => Some(b'6'),
        _ => None,
    }
}

fn soundex_of(text: &str) -> String {
    let mut letters = text.chars().filter(char::is_ascii_alphabetic);
    let Some(first) = letters.next() else { return String::new() };
    let mut answer = String::from(first.to_ascii_uppercase());
    let mut last = code(first);
    for letter in letters {
        let found = code(letter);
        if let Some(digit) = found
            && found != last
        {
            answer.push(char::from(digit));
        }
        // H and W do not separate equal codes
        if !matches!(letter.to_ascii_uppercase(), 'H' | 'W') {
            last = found;
        }
    }
    format!("{answer:0<4}").chars().take(4).collect()
}

/// American Soundex; a text without letters gives an empty text.
pub(super) fn soundex(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    Ok(Some(soundex_of(text)))
}

/// How many places of two Soundex codes are equal.
pub(super) fn difference(arguments: &[&str]) -> Answer {
    let [left, right] = arguments else { return Ok(None) };
    let (left, right) = (soundex_of(left), soundex_of(right));
    Ok(Some(left.chars().zip(right.chars()).filter(|(a, b)| a == b).count().to_string()))
}

/// `(text, bytes)`: what fits, cut between characters.
pub(super) fn truncated(arguments: &[&str]) -> Answer {
    let [text, bytes] = arguments else { return Ok(None) };
    let most = bytes.parse::<usize>().map_err(|e| e.to_string())?;
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Ok(Some(text[..end].to_string()))
}

/// The texts that Redshift takes for true and false.
pub(super) fn boolean(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    match text.trim().to_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" | "on" => Ok(Some("true".into())),
        "f" | "false" | "n" | "no" | "0" | "off" => Ok(Some("false".into())),
        _ => Err(format!("invalid input syntax for type boolean: \"{text}\"")),
    }
}
