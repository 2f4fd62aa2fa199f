use std::fmt;

use notifications::UploadId;

/// What a batch's StatementName carries, so that its completion event names the load:
/// `landfall/load/<deployment>/<dataset>/<id>/<attempt>`.
///
/// Events carry no ClientToken. Redshift management guide, "Monitoring Data API events". The deployment is the lake's bucket: two deployments
/// of one account see each other's statements, and each finishes its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementName {
    /// The lake's bucket; none in a name that an earlier release gave.
    pub deployment: Option<String>,
    /// The dataset's name.
    pub dataset: String,
    /// The upload that is loaded.
    pub load: UploadId,
    /// From 1.
    pub attempt: u32,
}

impl StatementName {
    /// Begins every StatementName of a load: the filter of event rules.
    pub const PREFIX: &'static str = "landfall/load/";

    /// Begins every StatementName of a deployment's loads: the filter of `ListStatements`.
    pub fn prefix_of(deployment: &str) -> String {
        format!("{}{deployment}/", Self::PREFIX)
    }

    /// Reads a StatementName; `None` for statements of others.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.strip_prefix(Self::PREFIX)?.split('/').collect();
        let (deployment, dataset, load, attempt) = match parts.as_slice() {
            [dataset, load, attempt] => (None, dataset, load, attempt),
            [deployment, dataset, load, attempt] => (Some((*deployment).to_owned()), dataset, load, attempt),
            _ => return None,
        };
        let is_plain = !dataset.is_empty() && dataset.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_plain || deployment.as_deref() == Some("") {
            return None;
        }
        let (dataset, load, attempt) = ((*dataset).to_owned(), UploadId::parse(load)?, attempt.parse().ok()?);
        Some(Self { deployment, dataset, load, attempt })
    }

    /// Whether it is a load of this deployment; one without a deployment may be anybody's.
    pub fn is_of(&self, deployment: &str) -> bool {
        self.deployment.as_deref().is_none_or(|own| own == deployment)
    }
}

impl fmt::Display for StatementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::PREFIX)?;
        if let Some(deployment) = &self.deployment {
            write!(f, "{deployment}/")?;
        }
        write!(f, "{}/{}/{}", self.dataset, self.load, self.attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusal_of_others() {
        for text in [
            "landfall/load/acme.lake-1/flights/0123456789abcdef01234567/2",
            "landfall/load/flights/0123456789abcdef01234567/2",
        ] {
            assert_eq!(StatementName::parse(text).unwrap().to_string(), text);
        }
        for other in [
            "",
            "report",
            "landfall/load/",
            "landfall/load/flights/xyz/1",
            "landfall/load/../0123456789abcdef01234567/1",
            "landfall/load/lake/../0123456789abcdef01234567/1",
            "landfall/load//flights/0123456789abcdef01234567/1",
            "landfall/load/lake/flights/0123456789abcdef01234567/1/more",
            "landfall/load/lake/flights/0123456789abcdef01234567/one",
        ] {
            assert_eq!(StatementName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn each_deployment_has_its_own() {
        let own = StatementName::parse("landfall/load/lake/flights/0123456789abcdef01234567/2").unwrap();
        assert!(own.is_of("lake") && !own.is_of("other"));
        assert!(own.to_string().starts_with(&StatementName::prefix_of("lake")));
        let earlier = StatementName::parse("landfall/load/flights/0123456789abcdef01234567/2").unwrap();
        assert!(earlier.is_of("lake") && earlier.is_of("other"));
    }
}
