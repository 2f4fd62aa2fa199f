//! A request to the Function URL (payload format 2.0), read leniently: what is not needed is not looked at.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// The request.
#[derive(Debug, Deserialize)]
pub(crate) struct Incoming<'a> {
    #[serde(rename = "rawPath", borrow, default)]
    path: Text<'a>,
    #[serde(borrow, default)]
    headers: Headers<'a>,
    #[serde(rename = "requestContext", borrow)]
    context: RequestContext<'a>,
    #[serde(borrow, default)]
    body: Text<'a>,
    #[serde(rename = "isBase64Encoded", default)]
    is_base64: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
}

#[derive(Debug, Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(rename = "sourceIp", borrow, default)]
    source_ip: Text<'a>,
}

/// The headers that are looked at; Lambda writes their names in lower case.
#[derive(Debug, Default, Deserialize)]
struct Headers<'a> {
    #[serde(borrow, default)]
    authorization: Text<'a>,
    #[serde(rename = "content-encoding", borrow, default)]
    content_encoding: Text<'a>,
}

impl<'a> Incoming<'a> {
    /// Reads the request.
    pub(crate) fn read(event: &'a str) -> Result<Self, Error> {
        serde_json::from_str(event)
            .map_err(|error| Error::NotFunctionUrl { line: error.line(), column: error.column() })
    }

    /// For instance `POST`.
    pub(crate) fn method(&self) -> &str {
        &self.context.http.method
    }

    /// For instance `/v1/batch`.
    pub(crate) fn path(&self) -> &str {
        self.path.get().unwrap_or("/")
    }

    /// Whom the connection to the Function URL came from.
    pub(crate) fn source_ip(&self) -> Option<&str> {
        self.context.http.source_ip.get()
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.headers.authorization.get()
    }

    pub(crate) fn content_encoding(&self) -> Option<&str> {
        self.headers.content_encoding.get()
    }

    /// The body as Lambda delivers it; empty when there is none.
    pub(crate) fn body(&self) -> &str {
        self.body.get().unwrap_or_default()
    }

    /// Whether the body is in base64.
    pub(crate) fn is_base64(&self) -> bool {
        self.is_base64.unwrap_or(false)
    }
}

/// A text that is borrowed unless it has escapes; any other value is as good as absent.
#[derive(Debug, Default)]
struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
