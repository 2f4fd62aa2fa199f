//! What stands in a type's parentheses.

use super::{MAX_DECIMAL_PRECISION, RedshiftType, TypeError};

/// The words of the type in lower case with single spaces, and what stands between its parentheses.
pub(super) fn split_arguments(ddl: &str) -> Result<(String, Vec<String>), TypeError> {
    let lower = ddl.to_ascii_lowercase();
    let unknown = || TypeError::Unknown { name: ddl.trim().to_owned() };
    let (before, inside, after) = match lower.split_once('(') {
        Some((before, rest)) => {
            let (inside, after) = rest.split_once(')').ok_or_else(unknown)?;
            (before, Some(inside), after)
        }
        None => (lower.as_str(), None, ""),
    };
    let words: Vec<&str> = before.split_whitespace().chain(after.split_whitespace()).collect();
    let arguments = inside.map(|inside| inside.split(',').map(|argument| argument.trim().to_owned()).collect());
    Ok((words.join(" "), arguments.unwrap_or_default()))
}

pub(super) fn length(
    ddl: &str,
    arguments: &[String],
    default: u32,
    max: u32,
    expected: &'static str,
) -> Result<u32, TypeError> {
    let refused = || TypeError::Argument { name: ddl.trim().to_owned(), expected };
    match arguments {
        [] => Ok(default),
        [word] if word == "max" => Ok(max),
        [digits] => digits.parse().ok().filter(|bytes| (1..=max).contains(bytes)).ok_or_else(refused),
        _ => Err(refused()),
    }
}

pub(super) fn decimal(ddl: &str, arguments: &[String]) -> Result<RedshiftType, TypeError> {
    let refused =
        || TypeError::Argument { name: ddl.trim().to_owned(), expected: "a precision of 1 to 38 and a scale up to it" };
    let number = |text: &String| text.parse::<u32>().map_err(|_| refused());
    let (precision, scale) = match arguments {
        [] => (18, 0),
        [precision] => (number(precision)?, 0),
        [precision, scale] => (number(precision)?, number(scale)?),
        _ => return Err(refused()),
    };
    if !(1..=MAX_DECIMAL_PRECISION).contains(&precision) || scale > precision {
        return Err(refused());
    }
    let byte = |value: u32| u8::try_from(value).map_err(|_| refused());
    Ok(RedshiftType::Decimal { precision: byte(precision)?, scale: byte(scale)? })
}

/// `FLOAT(p)` is REAL up to 24 bits of precision and DOUBLE PRECISION above.
pub(super) fn float(ddl: &str, arguments: &[String]) -> Result<RedshiftType, TypeError> {
    match length(ddl, arguments, 53, 53, "1 to 53 bits")? {
        ..=24 => Ok(RedshiftType::Real),
        _ => Ok(RedshiftType::DoublePrecision),
    }
}
