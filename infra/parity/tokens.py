"""Rust's text as tokens: names, strings, numbers and punctuation; no spaces, no comments."""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<raw>b?r(?P<hashes>\#*)"(?P<rawtext>.*?)"(?P=hashes))
  | (?P<string>b?"(?P<text>(?:[^"\\]|\\.)*)")
  | (?P<char>b?'(?:[^'\\\n]|\\[^\n][^'\n]*)')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<name>(?:r\#)?[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*?(?=\.\.|\.[A-Za-z_]|[^\w.]|$))
  | (?P<path>::)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


@dataclass(frozen=True)
class Token:
    kind: str  # name, string, number, or the character itself
    text: str


def tokens(source):
    found, at = [], 0
    while at < len(source):
        match = TOKEN.match(source, at)
        at = match.end()
        if match["comment"]:
            depth = 1
            while depth:
                inner = re.compile(r"/\*|\*/").search(source, at)
                depth += 1 if inner[0] == "/*" else -1
                at = inner.end()
        elif match["name"]:
            found.append(Token("name", match["name"].removeprefix("r#")))
        elif match["raw"] or match["string"]:
            found.append(Token("string", match["rawtext"] if match["raw"] else match["text"]))
        elif match["number"]:
            found.append(Token("number", match["number"]))
        elif match["path"]:
            found.append(Token("::", "::"))
        elif match["other"]:
            found.append(Token(match["other"], match["other"]))
    return found


def closing(found, start):
    """The place of the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(found)):
        depth += (found[at].kind in OPEN) - (found[at].kind in CLOSE)
        if depth == 0:
            return at
    raise ValueError("a bracket is not closed")
