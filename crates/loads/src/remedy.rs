//! What a person can do about it, in words.

/// What to change in a file, by COPY's reason. The codes are Redshift's ("Load error reference"); provisioned clusters and
/// Serverless word the reasons differently, so the code comes first and the words are the fallback.
pub(crate) fn for_line(code: Option<i64>, reason: &str, data_type: Option<&str>) -> String {
    let wanted = data_type.unwrap_or("the column's type");
    let words = reason.to_lowercase();
    let text = match code {
        Some(1201 | 1203) => {
            "the line has too few fields: add the missing ones, or quote a field that holds a line break"
        }
        Some(1202) => "the line has too many fields: quote a field that holds the delimiter",
        Some(1213) => "give the field a value, or allow NULL in the table",
        Some(1219..=1221) => "the file is not UTF-8: state its `encoding` in pipeline.toml",
        Some(1218) => "remove the NUL byte",
        _ if words.contains("ddl length") => {
            "shorten the value, or widen the column (VARCHAR counts bytes, not characters)"
        }
        _ if words.contains("not-null") => "give the field a value, or allow NULL in the table",
        _ if words.contains("delimiter not found") => "the line has too few fields: add the missing ones",
        _ if words.contains("extra column") => "the line has too many fields: quote a field that holds the delimiter",
        _ if words.contains("utf8") || words.contains("utf-8") => {
            "the file is not UTF-8: state its `encoding` in pipeline.toml"
        }
        Some(1205 | 1206) => {
            return format!(
                "write the value as {wanted} in ISO form, or state `date_format` or `time_format` in pipeline.toml"
            );
        }
        Some(1207..=1210 | 1222 | 1204) => {
            return format!("write a value that fits {wanted}, or change the column's type");
        }
        _ if words.contains("invalid digit") || words.contains("overflow") => {
            return format!("write a value that fits {wanted}, or change the column's type");
        }
        _ => "correct the line and upload the file again",
    };
    text.to_owned()
}

/// What to do when COPY fails and names no line.
pub(crate) fn for_copy(message: &str) -> String {
    let words = message.to_lowercase();
    let torn = ["gzip", "bzip2", "zstd", "truncated", "compress", "unexpected end"];
    if torn.iter().any(|word| words.contains(word)) {
        return "the file is not whole: upload it again".to_owned();
    }
    if words.contains("access denied") || words.contains("not authorized") || words.contains("forbidden") {
        return "let the warehouse's COPY role read the landing bucket and the lake".to_owned();
    }
    "correct the file and upload it again".to_owned()
}

/// The sentence for refused uploads: nothing is lost.
pub(crate) const UPLOAD_AGAIN: &str = "correct the file and upload it again; the table keeps its rows";
