//! Lists in pages: a token names the last key of the page before, so that nothing is skipped or told twice when others write meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// A page of a list, and the token of the next.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// The items after the token's key, at most so many. `items` come in the order of their keys.
pub(crate) fn page<K, T>(
    items: impl Iterator<Item = (K, T)>,
    token: Option<&str>,
    most: usize,
) -> Result<Page<T>, Refusal>
where
    K: Ord + Serialize + DeserializeOwned,
{
    let after: Option<K> = token.map(read).transpose()?;
    let mut rest = items.filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let mut taken: Vec<(K, T)> = rest.by_ref().take(most).collect();
    let next = match (taken.last(), rest.next()) {
        (Some((key, _)), Some(_)) => Some(write(key)?),
        _ => None,
    };
    Ok(Page { items: taken.drain(..).map(|(_, item)| item).collect(), next })
}

fn read<K: DeserializeOwned>(token: &str) -> Result<K, Refusal> {
    let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| serde_json::from_slice(&text).ok());
    key.ok_or_else(|| Refusal::invalid(format!("Invalid NextToken: {token:?}")))
}

fn write<K: Serialize>(key: &K) -> Result<String, Refusal> {
    let text = serde_json::to_vec(key).map_err(|error| Refusal::internal("write a token", &error))?;
    Ok(URL_SAFE_NO_PAD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_on_after_the_last_key_even_when_it_is_gone() {
        let list = |numbers: &[u64], token: Option<&str>| {
            page(numbers.iter().map(|number| (*number, number * 10)), token, 2).unwrap()
        };
        let first = list(&[1, 2, 3, 4], None);
        assert_eq!(first.items, [10, 20]);
        let token = first.next.unwrap();
        assert_eq!(list(&[1, 3, 4], Some(&token)).items, [30, 40]);
        assert_eq!(list(&[1, 3, 4], Some(&token)).next, None);
        assert_eq!(
            page([(1u64, 1)].into_iter(), Some("?"), 2).map(|page| page.items).unwrap_err().code,
            "InvalidInputException"
        );
    }
}
