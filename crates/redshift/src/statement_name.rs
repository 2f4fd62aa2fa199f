use std::fmt;

use notifications::UploadId;

/// What a batch's StatementName carries, so that its completion event names the load: `landfall/load/<dataset>/<id>/<attempt>`.
///
/// Events carry no ClientToken. Redshift management guide, "Monitoring Data API events".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementName {
    /// The dataset's name.
    pub dataset: String,
    /// The upload that is loaded.
    pub load: UploadId,
    /// From 1.
    pub attempt: u32,
}

impl StatementName {
    /// Begins every StatementName of a load: the filter of event rules and of `ListStatements`.
    pub const PREFIX: &'static str = "landfall/load/";

    /// Reads a StatementName; `None` for statements of others.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(Self::PREFIX)?.split('/');
        let (dataset, load, attempt) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = !dataset.is_empty() && dataset.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if parts.next().is_some() || !plain {
            return None;
        }
        Some(Self { dataset: dataset.to_owned(), load: UploadId::parse(load)?, attempt: attempt.parse().ok()? })
    }
}

impl fmt::Display for StatementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/{}/{}", Self::PREFIX, self.dataset, self.load, self.attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusal_of_others() {
        let text = "landfall/load/flights/0123456789abcdef01234567/2";
        assert_eq!(StatementName::parse(text).unwrap().to_string(), text);
        for other in [
            "",
            "report",
            "landfall/load/",
            "landfall/load/flights/xyz/1",
            "landfall/load/../0123456789abcdef01234567/1",
            "landfall/load/flights/0123456789abcdef01234567/1/more",
            "landfall/load/flights/0123456789abcdef01234567/one",
        ] {
            assert_eq!(StatementName::parse(other), None, "{other}");
        }
    }
}
