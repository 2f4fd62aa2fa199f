//! Hashes, and bits of VARBYTE.

use super::answer::Answer;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
const CRC_POLYNOMIAL: u32 = 0xedb8_8320;

/// The CRC-32 of zip and Ethernet, as eight hexadecimal digits.
pub(super) fn crc32(arguments: &[&str]) -> Answer {
    let [text] = arguments else { return Ok(None) };
    let crc = text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ CRC_POLYNOMIAL } else { crc >> 1 })
    });
    Ok(Some(format!("{:08x}", !crc)))
}

/// `(bytes of the number or '', value, seed or '')`: FNV-1a of text, or of a whole number's little-endian bytes.
pub(super) fn fnv(arguments: &[&str]) -> Answer {
    let [width, value, seed] = arguments else { return Ok(None) };
    let start =
        if seed.is_empty() { FNV_OFFSET } else { seed.parse::<i64>().map_err(|e| e.to_string())?.cast_unsigned() };
    let bytes = match width.parse::<usize>() {
        Ok(width) => {
            let number = value.parse::<i64>().map_err(|e| e.to_string())?.to_le_bytes();
            number[..width.clamp(1, 8)].to_vec()
        }
        Err(_) => value.as_bytes().to_vec(),
    };
    let hash = bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
    Ok(Some(hash.cast_signed().to_string()))
}

/// `(operation, hexadecimal or binary digits, hexadecimal digits)`: `~ & |`, `b` binary to hexadecimal, `t` back.
pub(super) fn binary(arguments: &[&str]) -> Answer {
    let [operation, left, right] = arguments else { return Ok(None) };
    let answer = match *operation {
        "b" => {
            let padded = format!("{left:0>width$}", width = left.len().div_ceil(8) * 8);
            padded
                .as_bytes()
                .chunks(8)
                .map(|chunk| {
                    let digits = std::str::from_utf8(chunk).map_err(|e| e.to_string())?;
                    u8::from_str_radix(digits, 2).map(|byte| format!("{byte:02x}")).map_err(|e| e.to_string())
                })
                .collect::<Result<String, String>>()?
        }
        "t" => bytes(left)?.iter().map(|byte| format!("{byte:08b}")).collect(),
        "~" => bytes(left)?.iter().map(|byte| format!("{:02x}", !byte)).collect(),
        _ => {
            let (left, right) = (bytes(left)?, bytes(right)?);
            if left.len() != right.len() {
                return Err("VARBYTE operands must have the same length".into());
            }
            let pairs = left.iter().zip(&right);
            pairs.map(|(a, b)| format!("{:02x}", if *operation == "&" { a & b } else { a | b })).collect()
        }
    };
    Ok(Some(answer))
}

fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).map_err(|e| e.to_string()))
        .map(|pair| u8::from_str_radix(pair?, 16).map_err(|e| e.to_string()))
        .collect()
}
