//! Numbers in text.

use super::answer::Answer;

/// `(text, type)`: checks that a text is a whole number, as Redshift's casts do.
pub(super) fn integer(arguments: &[&str]) -> Answer {
    let [text, kind] = arguments else { return Ok(None) };
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("invalid input syntax for integer: \"{text}\""));
    }
    let most = match *kind {
        "smallint" => i128::from(i16::MAX),
        "integer" => i128::from(i32::MAX),
        _ => i128::from(i64::MAX),
    };
    match trimmed.parse::<i128>() {
        Ok(value) if (-most - 1..=most).contains(&value) => Ok(Some(value.to_string())),
        _ if *kind == "bigint" => Err(format!("value \"{text}\" is out of range for type bigint")),
        _ => Err(format!("value \"{text}\" is out of range for type {kind}")),
    }
}

/// `(text, base)`.
pub(super) fn strtol(arguments: &[&str]) -> Answer {
    let [text, base] = arguments else { return Ok(None) };
    let base = base.parse::<u32>().ok().filter(|b| (2..=36).contains(b)).ok_or("base must be 2 to 36")?;
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let digits = if base == 16 { trimmed.trim_start_matches("0x") } else { trimmed };
    let digits = digits.trim_start_matches('\\');
    if digits.is_empty() {
        return Ok(Some("0".into()));
    }
    i64::from_str_radix(digits, base)
        .map(|value| Some(value.to_string()))
        .map_err(|_| format!("The input {text} is not valid to be converted to base {base}"))
}

/// `(text, format)`: digits, sign and point as the format places them.
pub(super) fn to_number(arguments: &[&str]) -> Answer {
    let [text, format] = arguments else { return Ok(None) };
    let negative = text.contains('-') || (text.contains('<') && format.to_uppercase().contains("PR"));
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    if digits.is_empty() {
        return Err(format!("invalid input syntax for type numeric: \"{text}\""));
    }
    Ok(Some(format!("{}{digits}", if negative { "-" } else { "" })))
}

/// A decimal number in digits: sign, whole part, fraction.
struct Digits {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Digits {
    fn read(text: &str) -> Self {
        let negative = text.starts_with('-');
        let plain = text.trim_start_matches(['-', '+']);
        let expanded = match plain.parse::<f64>() {
            Ok(value) if plain.contains(['e', 'E']) => format!("{value}"),
            _ => plain.to_string(),
        };
        let (whole, fraction) = expanded.split_once('.').unwrap_or((&expanded, ""));
        let whole = whole.trim_start_matches('0').to_string();
        Self { negative, whole, fraction: fraction.to_string() }
    }

    /// Rounds half away from zero.
    fn rounded(mut self, places: usize) -> Self {
        let up = self.fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5');
        self.fraction.truncate(places);
        while self.fraction.len() < places {
            self.fraction.push('0');
        }
        if up {
            let digits = format!("{}{}", self.whole, self.fraction);
            let raised = increment(&digits);
            let split = raised.len() - places;
            self.whole = raised[..split].to_string();
            self.fraction = raised[split..].to_string();
        }
        self
    }
}

fn increment(digits: &str) -> String {
    let mut out: Vec<u8> = digits.bytes().collect();
    for digit in out.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return String::from_utf8_lossy(&out).into_owned();
        }
    }
    format!("1{}", String::from_utf8_lossy(&out))
}

/// `(text, format, precision, scale, how)`: signed numbers in the formats of other systems.
pub(super) fn alternative(arguments: &[&str]) -> Answer {
    let [text, format, _precision, scale, how] = arguments else { return Ok(None) };
    let mut body = text.trim().to_string();
    let overpunch = format.to_uppercase().contains('S');
    let mut negative = false;
    if overpunch && let Some(last) = body.pop() {
        let (digit, minus) = match last {
            '{' => ('0', false),
            '}' => ('0', true),
            'A'..='I' => (char::from(u8::try_from(last).unwrap_or(b'A') - b'A' + b'1'), false),
            'J'..='R' => (char::from(u8::try_from(last).unwrap_or(b'J') - b'J' + b'1'), true),
            other => (other, false),
        };
        body.push(digit);
        negative = minus;
    }
    negative |= body.starts_with('-') || body.ends_with('-') || body.starts_with('(');
    let kept: String = body.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-')).collect();
    let kept = kept.trim_start_matches('-').trim_end_matches('-');
    let places = scale.parse::<usize>().unwrap_or(0);
    let mut digits = Digits::read(kept);
    if *how == "trunc" {
        digits.fraction.truncate(places);
    }
    let digits = digits.rounded(places);
    let whole = if digits.whole.is_empty() { "0" } else { &digits.whole };
    let sign = if negative { "-" } else { "" };
    let point = if places > 0 { "." } else { "" };
    Ok(Some(format!("{sign}{whole}{point}{}", digits.fraction)))
}

/// `(number, format)`: PostgreSQL's number formats: 9 0 . , D G S L $ MI PL PR RN FM.
pub(super) fn number_to_char(arguments: &[&str]) -> Answer {
    let [number, format] = arguments else { return Ok(None) };
    let upper = format.to_uppercase();
    if upper.contains("RN") {
        return Ok(Some(format!("{:>15}", roman(number.parse::<f64>().unwrap_or(0.0)))));
    }
    let fill = !upper.contains("FM");
    let plain = upper.replace("FM", "").replace("TH", "");
    let places =
        plain.split(['.', 'D']).nth(1).map_or(0, |tail| tail.chars().filter(|c| matches!(c, '9' | '0')).count());
    let digits = Digits::read(number).rounded(places);
    let negative =
        digits.negative && (digits.whole.chars().any(|c| c != '0') || digits.fraction.chars().any(|c| c != '0'));
    let head: String = plain.split(['.', 'D']).next().unwrap_or("").to_string();
    let slots = head.chars().filter(|c| matches!(c, '9' | '0')).count();
    let forced = head.find('0').map_or(0, |at| head[at..].chars().filter(|c| matches!(c, '9' | '0')).count());
    let overflow = digits.whole.len() > slots;
    let mut whole = format!("{:0>width$}", digits.whole, width = forced);
    if whole.is_empty() && places == 0 {
        whole.push('0');
    }
    let mut text = body(&head, &whole, slots, overflow);
    if places > 0 {
        text.push('.');
        text.push_str(&if overflow { "#".repeat(places) } else { digits.fraction.clone() });
    }
    Ok(Some(signed(&plain, &text, negative, fill)))
}

/// The digits before the point with group separators, right-aligned in the format's places.
fn body(head: &str, whole: &str, slots: usize, overflow: bool) -> String {
    let padded = if overflow { "#".repeat(slots) } else { format!("{whole:>slots$}") };
    let mut digits = padded.chars();
    let mut text = String::new();
    for c in head.chars() {
        match c {
            '9' | '0' => text.extend(digits.next()),
            ',' | 'G' => text.push(if text.trim().is_empty() { ' ' } else { ',' }),
            _ => {}
        }
    }
    text
}

fn signed(format: &str, body: &str, negative: bool, fill: bool) -> String {
    let currency = if format.contains('$') || format.contains('L') { "$" } else { "" };
    let trimmed = body.trim_start();
    let pad = " ".repeat(body.len() - trimmed.len());
    let (sign_first, sign_last) = if format.contains("PR") {
        if negative { ("<", ">") } else { (" ", " ") }
    } else if format.ends_with('S') || format.ends_with("MI") {
        (
            "",
            if negative {
                "-"
            } else if format.ends_with('S') {
                "+"
            } else {
                " "
            },
        )
    } else if format.contains('S') {
        (if negative { "-" } else { "+" }, "")
    } else {
        (if negative { "-" } else { " " }, "")
    };
    let text = format!("{pad}{currency}{sign_first}{trimmed}{sign_last}");
    if fill { text } else { text.trim().to_string() }
}

fn roman(value: f64) -> String {
    const NUMERALS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1.0..4000.0).contains(&value) {
        return "#".repeat(15);
    }
    let mut rest = value.round() as u32;
    let mut text = String::new();
    for (worth, numeral) in NUMERALS {
        while rest >= worth {
            text.push_str(numeral);
            rest -= worth;
        }
    }
    text
}
