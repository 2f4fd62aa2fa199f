//! Which path is what: Segment's own names, and the short ones of its libraries (analytics.js sends `/v1/t` and `/v1/b`; older libraries
//! send batches to `/v1/import`).

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// One event of this type.
    Event(&'static str),
    /// A list of events, each with its type.
    Batch,
    /// A question whether anybody is there.
    Health,
}

impl Route {
    /// `None` for a path that is not served.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if path == "/health" {
            return Some(Self::Health);
        }
        Some(match path.strip_prefix("/v1/")? {
            "identify" | "i" => Self::Event("identify"),
            "track" | "t" => Self::Event("track"),
            "page" | "p" => Self::Event("page"),
            "screen" | "s" => Self::Event("screen"),
            "group" | "g" => Self::Event("group"),
            "alias" | "a" => Self::Event("alias"),
            "batch" | "b" | "import" => Self::Batch,
            _ => return None,
        })
    }

    /// The methods that the path takes, as the header `Allow` lists them.
    pub(crate) fn methods(self) -> &'static str {
        match self {
            Self::Event(_) | Self::Batch => "POST, OPTIONS",
            Self::Health => "GET, HEAD, OPTIONS",
        }
    }

    /// Whether the path takes the method.
    pub(crate) fn takes(self, method: &str) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let check = |path: &str, expected: Option<Route>| assert_eq!(Route::of(path), expected, "{path}");
        for (long, short) in
            [("identify", "i"), ("track", "t"), ("page", "p"), ("screen", "s"), ("group", "g"), ("alias", "a")]
        {
            check(&format!("/v1/{long}"), Some(Route::Event(long)));
            check(&format!("/v1/{short}"), Some(Route::Event(long)));
            check(&format!("/v1/{long}/"), Some(Route::Event(long)));
        }
        for path in ["/v1/batch", "/v1/b", "/v1/import"] {
            check(path, Some(Route::Batch));
        }
        check("/health", Some(Route::Health));
        for path in ["", "/", "/v1", "/v1/", "/v1/Track", "/v1/track//", "/v2/track", "/track", "/health/x", "//health"]
        {
            check(path, None);
        }
    }
}
