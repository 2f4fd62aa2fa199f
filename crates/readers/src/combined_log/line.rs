use crate::combined_log::time;

/// The fields of a line as they were written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) host: &'a [u8],
    pub(super) identity: Option<&'a [u8]>,
    pub(super) user: Option<&'a [u8]>,
    /// Microseconds since 1970, UTC.
    pub(super) time: i64,
    pub(super) request: Request<'a>,
    pub(super) status: Option<i32>,
    pub(super) bytes: Option<i64>,
    pub(super) referrer: Option<&'a [u8]>,
    pub(super) user_agent: Option<&'a [u8]>,
    pub(super) extra: Option<&'a [u8]>,
}

/// What the client asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// `GET /a?b HTTP/1.1`, or `GET /a` as in HTTP/0.9.
    Http { method: &'a [u8], path: &'a [u8], query: Option<&'a [u8]>, protocol: Option<&'a [u8]> },
    /// No request of HTTP: `-`, nothing, the first bytes of a TLS handshake, ...
    Other(&'a [u8]),
}

/// Why a line cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It is longer than [`Options::line_bytes_max`](crate::combined_log::Options::line_bytes_max).
    #[error("the line is longer than a line may be")]
    TooLong,
    /// There is no host at its beginning.
    #[error("expected a host at the beginning")]
    NoHost,
    /// There is no `[day/Month/year:hour:minute:second zone]` before a quoted request.
    #[error("expected [day/Month/year:hour:minute:second zone] before a quoted request")]
    NoTime,
    /// The request's closing quote is missing.
    #[error("the request has no closing quote")]
    OpenRequest,
    /// The status is not a number of up to three digits.
    #[error("expected a status of up to three digits")]
    BadStatus,
    /// The size is not a number.
    #[error("expected a number of bytes, or `-`")]
    BadBytes,
    /// The referrer's closing quote is missing.
    #[error("the referrer has no closing quote")]
    OpenReferrer,
    /// The user agent's closing quote is missing.
    #[error("the user agent has no closing quote")]
    OpenUserAgent,
}

/// Reads a line, which has no line end. Each byte is looked at a bounded number of times.
pub(super) fn read(line: &[u8]) -> Result<Line<'_>, Reason> {
    let (head, time, rest) = around_time(line)?;
    let (host, identity, user) = client(head)?;
    let (request, rest) = request(rest)?;
    let (status, rest) = word(rest);
    let (bytes, rest) = word(rest);
    let (status, bytes) = (self::status(status)?, size(bytes)?);
    let (referrer, rest) = quoted(rest, |after| after.first() == Some(&b'"')).ok_or(Reason::OpenReferrer)?;
    let (user_agent, rest) = quoted(rest, |_| true).ok_or(Reason::OpenUserAgent)?;
    Ok(Line {
        host,
        identity: present(identity),
        user: present(user),
        time,
        request: Request::read(request),
        status,
        bytes,
        referrer: present(referrer),
        user_agent: present(user_agent),
        extra: (!rest.is_empty()).then_some(rest),
    })
}

/// What is before the time, the time, and what is after it. A user's name may hold brackets: the time is the first one that a quoted request follows.
/// Servers escape quotes in names, so nobody can log in under a name that looks like a line.
fn around_time(line: &[u8]) -> Result<(&[u8], i64, &[u8]), Reason> {
    for at in memchr::memchr_iter(b'[', line) {
        let Some((time, length)) = time::bracketed(&line[at..]) else { continue };
        let rest = blanks(&line[at + length..]);
        if rest.first() == Some(&b'"') {
            return Ok((&line[..at], time, rest));
        }
    }
    Err(Reason::NoTime)
}

type Client<'a> = (&'a [u8], Option<&'a [u8]>, Option<&'a [u8]>);

/// Host, identity and user; the last may have blanks. Of two words the second is the user.
fn client(head: &[u8]) -> Result<Client<'_>, Reason> {
    let head = head.trim_ascii();
    let mut end = 0;
    // Behind proxies the host may be a list: `203.0.113.9, 10.0.0.1`.
    loop {
        end += head[end..].iter().position(|byte| *byte == b' ').unwrap_or(head.len() - end);
        let is_list = head[..end].last() == Some(&b',');
        if !is_list || end == head.len() {
            break;
        }
        end += 1;
    }
    let (host, rest) = (head[..end].trim_ascii_end(), head[end..].trim_ascii());
    if host.is_empty() {
        return Err(Reason::NoHost);
    }
    Ok(match rest.iter().position(|byte| *byte == b' ') {
        None if rest.is_empty() => (host, None, None),
        None => (host, None, Some(rest)),
        Some(blank) => (host, Some(&rest[..blank]), Some(rest[blank..].trim_ascii_start())),
    })
}

/// The request between its quotes, and what is after it.
///
/// A quote inside is escaped; where a server did not, the closing quote is the one that a status follows.
fn request(text: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    let inside = text.get(1..).unwrap_or_default();
    let is_status = |after: &[u8]| {
        let (word, _) = word(after);
        word.is_some_and(|word| word == b"-" || (word.len() == 3 && word.iter().all(u8::is_ascii_digit)))
    };
    let mut first = None;
    for end in closing_quotes(inside) {
        let after = blanks(&inside[end + 1..]);
        if is_status(after) {
            return Ok((&inside[..end], after));
        }
        first = first.or(Some((&inside[..end], after)));
    }
    first.ok_or(Reason::OpenRequest)
}

impl<'a> Request<'a> {
    fn read(text: &'a [u8]) -> Self {
        Self::http(text).unwrap_or(Self::Other(text))
    }

    fn http(text: &'a [u8]) -> Option<Self> {
        let (method, rest) = text.split_at(text.iter().position(|byte| *byte == b' ')?);
        let is_method =
            !method.is_empty() && method.iter().all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(byte));
        if !is_method {
            return None;
        }
        let rest = &rest[1..];
        // Clients that do not encode blanks send them in the middle.
        let last = rest.iter().rposition(|byte| *byte == b' ').map_or(0, |blank| blank + 1);
        let (target, protocol) = match &rest[last..] {
            protocol if last > 0 && protocol.starts_with(b"HTTP/") => (&rest[..last - 1], Some(protocol)),
            _ => (rest, None),
        };
        let is_target = match protocol {
            Some(_) => !target.is_empty(),
            None => target.starts_with(b"/"),
        };
        let (path, query) = match memchr::memchr(b'?', target) {
            Some(mark) => (&target[..mark], Some(&target[mark + 1..])),
            None => (target, None),
        };
        is_target.then_some(Self::Http { method, path, query, protocol })
    }
}

fn status(word: Option<&[u8]>) -> Result<Option<i32>, Reason> {
    match word {
        None | Some(b"-") => Ok(None),
        Some(digits) if digits.len() <= 3 => decimal(digits).map(Some).ok_or(Reason::BadStatus),
        Some(_) => Err(Reason::BadStatus),
    }
}

fn size(word: Option<&[u8]>) -> Result<Option<i64>, Reason> {
    match word {
        None | Some(b"-") => Ok(None),
        Some(digits) => decimal(digits).map(Some).ok_or(Reason::BadBytes),
    }
}

fn decimal<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

/// The next word that is not quoted, and what is after it.
fn word(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    if matches!(text.first(), None | Some(b'"')) {
        return (None, text);
    }
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    (Some(&text[..end]), blanks(&text[end..]))
}

/// A field between quotes and what is after it; nothing if the text begins with something else; `None` if it does not end. Of several quotes that
/// could close it, it is the first that a blank and what is `likely` follow, else the first that a blank follows.
fn quoted(text: &[u8], likely: impl Fn(&[u8]) -> bool) -> Option<(Option<&[u8]>, &[u8])> {
    let Some(inside) = text.strip_prefix(b"\"") else { return Some((None, text)) };
    let mut first = None;
    for end in closing_quotes(inside) {
        let after = blanks(&inside[end + 1..]);
        if after.is_empty() || likely(after) {
            return Some((Some(&inside[..end]), after));
        }
        first = first.or(Some((Some(&inside[..end]), after)));
    }
    first
}

/// Where a quoted text may end: at quotes that are not escaped and that a blank or the line's end follows. Where there is none, it is the line's last
/// byte: a server that does not escape wrote a backslash before it.
fn closing_quotes(inside: &[u8]) -> impl Iterator<Item = usize> {
    let mut escape_end = 0;
    let ends = memchr::memchr2_iter(b'"', b'\\', inside).filter(move |at| {
        if *at < escape_end {
            return false;
        }
        if inside[*at] == b'\\' {
            escape_end = at + 2;
            return false;
        }
        matches!(inside.get(at + 1), None | Some(b' '))
    });
    let last = inside.len().checked_sub(1).filter(|last| inside[*last] == b'"' && *last > 0);
    let mut ends = ends.peekable();
    let fallback = if ends.peek().is_none() { last } else { None };
    ends.chain(fallback)
}

fn blanks(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// `-` means that there is nothing; Apache writes `""` for a user with an empty name.
fn present(field: Option<&[u8]>) -> Option<&[u8]> {
    match field {
        Some(b"-") => None,
        Some(b"\"\"") => Some(b""),
        other => other,
    }
}
