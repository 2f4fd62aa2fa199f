//! What the service's model says of its members: lengths, ranges, patterns.

use std::time::Duration;

use super::error::ApiError;
use crate::engine::Engine;
use crate::engine::history::Target;

/// Refuses a text whose length is out of range.
pub(crate) fn length(member: &str, value: Option<&str>, min: usize, max: usize) -> Result<(), ApiError> {
    match value.map(|value| value.chars().count()) {
        Some(count) if !(min..=max).contains(&count) => Err(ApiError::validation(format!(
            "Value at '{member}' failed to satisfy constraint: Member must have length between {min} and {max}, not {count}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a number that is out of range.
pub(crate) fn range(member: &str, value: Option<i64>, min: i64, max: i64) -> Result<(), ApiError> {
    match value {
        Some(number) if !(min..=max).contains(&number) => Err(ApiError::validation(format!(
            "Value at '{member}' failed to satisfy constraint: Member must be between {min} and {max}, not {number}"
        ))),
        _ => Ok(()),
    }
}

/// The wait that was asked for, 1 to 30 seconds.
pub(crate) fn wait(seconds: Option<i64>) -> Result<Option<Duration>, ApiError> {
    range("waitTimeSeconds", seconds, 1, 30)?;
    Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs))
}

/// The parts of a statement's id: `<uuid>` and, behind a colon, the number of a sub-statement.
pub(crate) fn id(text: &str) -> Result<(&str, Option<usize>), ApiError> {
    let (uuid, number) = text.split_once(':').map_or((text, None), |(uuid, number)| (uuid, Some(number)));
    let mut lengths = uuid.split('-').map(str::len);
    let shaped = [8, 4, 4, 4, 12].into_iter().all(|length| lengths.next() == Some(length)) && lengths.next().is_none();
    let plain = uuid.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let numbered = number.is_none_or(|number| number.len() <= 2 && number.chars().all(|c| c.is_ascii_digit()));
    if !(shaped && plain && numbered) {
        return Err(ApiError::validation(format!(
            "Value '{text}' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             [a-z0-9]{{8}}(-[a-z0-9]{{4}}){{3}}-[a-z0-9]{{12}}(:\\d{{0,2}})?"
        )));
    }
    Ok((uuid, number.and_then(|number| number.parse().ok())))
}

/// Refuses a target that is incomplete or not here.
pub(crate) fn target(engine: &Engine, target: &Target) -> Result<(), ApiError> {
    length("clusterIdentifier", target.cluster.as_deref(), 1, 63)?;
    length("workgroupName", target.workgroup.as_deref(), 3, 128)?;
    if target.cluster.is_some() && target.workgroup.is_some() {
        return Err(ApiError::validation("ClusterIdentifier and WorkgroupName cannot be used together."));
    }
    if target.cluster.is_none() && target.workgroup.is_none() && target.secret.is_none() {
        return Err(ApiError::validation("Either ClusterIdentifier, WorkgroupName or SecretArn must be specified."));
    }
    if let Some(workgroup) = &target.workgroup {
        let name = workgroup.rsplit('/').next().unwrap_or(workgroup);
        let known = engine.config.workgroups.is_empty() || engine.config.workgroups.iter().any(|known| known == name);
        if !known {
            return Err(ApiError::not_found(format!("Redshift endpoint doesn't exist in this region: {name}"), name));
        }
    }
    database(engine, target.database.as_deref())
}

/// Refuses a database that is not here.
pub(crate) fn database(engine: &Engine, name: Option<&str>) -> Result<(), ApiError> {
    match name {
        Some(name) if !engine.config.databases.iter().any(|known| known == name) => {
            Err(ApiError::validation(format!("FATAL: database \"{name}\" does not exist")))
        }
        _ => Ok(()),
    }
}

/// A page of `items`: those from the token's place on, and the token of the page behind it.
pub(crate) fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    size: Option<i64>,
    default: usize,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start = match token {
        None => 0,
        Some(token) => read_token(token)?,
    };
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0).unwrap_or(default);
    let next = (items.len() > start + size).then(|| write_token(start + size));
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

/// The text of a NextToken.
pub(crate) fn write_token(place: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("page:{place}"))
}

/// The place that a NextToken names.
pub(crate) fn read_token(token: &str) -> Result<usize, ApiError> {
    use base64::Engine as _;
    let invalid = || ApiError::validation("The NextToken is invalid.");
    let bytes = base64::engine::general_purpose::STANDARD.decode(token).map_err(|_| invalid())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid())?;
    text.strip_prefix("page:").and_then(|place| place.parse().ok()).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_with_an_optional_number() {
        let uuid = "0a1b2c3d-0000-4000-8000-0123456789ab";
        assert_eq!(id(uuid), Ok((uuid, None)));
        assert_eq!(id(&format!("{uuid}:12")), Ok((uuid, Some(12))));
        for bad in ["", "x", "0A1B2C3D-0000-4000-8000-0123456789ab", &format!("{uuid}:123"), &format!("{uuid}:a")] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pages_follow_each_other() {
        let (first, token) = page(vec![1, 2, 3], None, Some(2), 100).unwrap();
        assert_eq!(first, [1, 2]);
        let (second, end) = page(vec![1, 2, 3], token.as_deref(), Some(2), 100).unwrap();
        assert_eq!((second.as_slice(), end), ([3].as_slice(), None));
        assert!(page(vec![1], Some("nonsense"), None, 100).is_err());
    }
}
