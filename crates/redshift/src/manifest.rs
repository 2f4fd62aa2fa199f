use serde::Serialize;

/// One object that COPY must read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `s3://bucket/key`, the key as it is.
    pub url: String,
    /// Bytes; COPY requires it for Parquet.
    pub content_length: Option<u64>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    entries: Vec<ManifestEntry<'a>>,
}

#[derive(Serialize)]
struct ManifestEntry<'a> {
    url: &'a str,
    mandatory: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

#[derive(Serialize)]
struct Meta {
    content_length: u64,
}

/// The manifest's JSON text. A COPY path is a prefix and would take other objects too; a manifest is exact, and with
/// `mandatory` a missing object is an error.
///
/// Rule: Redshift developer guide, "Using a manifest to specify data files".
pub fn manifest(entries: &[Entry]) -> String {
    let entries = entries
        .iter()
        .map(|e| ManifestEntry {
            url: &e.url,
            mandatory: true,
            meta: e.content_length.map(|content_length| Meta { content_length }),
        })
        .collect();
    // Our own types have only text keys, so they always have a JSON form.
    serde_json::to_string(&Manifest { entries }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_keys_stay_one_entry() {
        let entries = [
            Entry { url: "s3://b/a \"q\" é.csv".into(), content_length: Some(7) },
            Entry { url: "s3://b/c".into(), content_length: None },
        ];
        assert_eq!(
            manifest(&entries),
            r#"{"entries":[{"url":"s3://b/a \"q\" é.csv","mandatory":true,"meta":{"content_length":7}},{"url":"s3://b/c","mandatory":true}]}"#
        );
    }
}
