//! Rows of one table and day that are not written yet.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array,
    TimestampMicrosecondArray, make_view,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::error::ArrowError;
use json_members::unescape;
use pipeline::EventColumnType;

use crate::layout::{Columns, TIMESTAMP_COLUMN};
use crate::plan::NOT_FOUND;
use crate::scan::Member;
use crate::values::Scalar;

/// Where a text is in the rows' bytes; a length of `NO_TEXT` is NULL.
type Span = (u32, u32);
const NO_TEXT: u32 = u32::MAX;

/// The values of one column.
#[derive(Debug)]
enum Cells {
    Text(Vec<Span>),
    /// Everything else, in 64 bits.
    Fixed(Vec<Option<i64>>),
}

/// Rows as columns, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The characters of all texts.
    bytes: Vec<u8>,
    cells: Vec<Cells>,
    types: Vec<EventColumnType>,
    count: usize,
    /// Bytes of a row besides its characters.
    width: usize,
    /// What of the current event has no column.
    rest: Vec<u8>,
    scratch: Vec<u8>,
}

/// An event: its text, its members and what was found in it.
pub(crate) struct Event<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) members: &'a [Member],
    pub(crate) found: &'a [u32],
}

impl<'a> Event<'a> {
    /// The JSON text of an entry's value.
    pub(crate) fn value(&self, entry: u16) -> Option<(&'a [u8], &'a Member)> {
        let at = *self.found.get(usize::from(entry)).filter(|at| **at != NOT_FOUND)?;
        let member = &self.members[at as usize];
        Some((self.json(member), member))
    }

    fn json(&self, member: &Member) -> &'a [u8] {
        &self.text[member.value.0 as usize..member.value.1 as usize]
    }
}

impl Rows {
    pub(crate) fn new(columns: &Columns) -> Self {
        let cells = |kind: &EventColumnType| match kind {
            EventColumnType::String => Cells::Text(Vec::new()),
            _ => Cells::Fixed(Vec::new()),
        };
        let mut types = columns.types.clone();
        types.push(EventColumnType::String);
        let cells: Vec<Cells> = types.iter().map(cells).collect();
        let width = cells.iter().map(Cells::width).sum();
        Self { bytes: Vec::new(), cells, types, count: 0, width, rest: Vec::new(), scratch: Vec::new() }
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How much memory their values take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.count * self.width
    }

    /// Appends an event.
    pub(crate) fn push(&mut self, columns: &Columns, event: &Event<'_>) {
        for cells in &mut self.cells {
            match cells {
                Cells::Text(spans) => spans.push((0, NO_TEXT)),
                Cells::Fixed(values) => values.push(None),
            }
        }
        self.count += 1;
        self.rest.clear();
        self.rest.push(b'{');
        if self.lift(columns, event, 0, event.members.len()) {
            self.rest.push(b'}');
            let span = (self.bytes.len() as u32, self.rest.len() as u32);
            self.bytes.extend_from_slice(&self.rest);
            if let Some(Cells::Text(spans)) = self.cells.last_mut()
                && let Some(last) = spans.last_mut()
            {
                *last = span;
            }
        }
    }

    /// Puts the members of one object into their columns, and appends all others to the rest; returns whether there are others.
    fn lift(&mut self, columns: &Columns, event: &Event<'_>, from: usize, to: usize) -> bool {
        let mut run: Option<(u32, u32)> = None;
        let mut is_first = true;
        let mut at = from;
        while at < to {
            let member = &event.members[at];
            let next = member.next as usize;
            if !self.goes(columns, event, at, &mut run, &mut is_first) {
                // Members that stay one behind the other are copied at once.
                run = Some((run.map_or(member.key.0 - 1, |(start, _)| start), member.value.1));
            }
            at = next;
        }
        self.keep(event, &mut run, &mut is_first);
        !is_first
    }

    /// Whether a member has left the object, or was appended to the rest in parts.
    fn goes(
        &mut self,
        columns: &Columns,
        event: &Event<'_>,
        at: usize,
        run: &mut Option<(u32, u32)>,
        is_first: &mut bool,
    ) -> bool {
        let member = &event.members[at];
        let Some(entry) = columns.plan.entries.get(usize::from(member.entry)) else { return false };
        if event.found[usize::from(member.entry)] as usize != at {
            // A later member has the same name.
            self.keep(event, run, is_first);
            return true;
        }
        let json = event.json(member);
        let mut is_held = !entry.columns.is_empty();
        for column in &entry.columns {
            is_held &= self.put(usize::from(*column), json, member);
        }
        let is_inside = entry.node.is_some() && json.first() == Some(&b'{') && at + 1 < member.next as usize;
        if is_held || is_inside {
            self.keep(event, run, is_first);
        }
        if is_inside {
            let start = self.rest.len();
            if !*is_first {
                self.rest.push(b',');
            }
            self.rest.extend_from_slice(&event.text[member.key.0 as usize - 1..member.key.1 as usize + 1]);
            self.rest.extend_from_slice(b":{");
            if self.lift(columns, event, at + 1, member.next as usize) && !is_held {
                self.rest.push(b'}');
                *is_first = false;
            } else {
                self.rest.truncate(start);
            }
        }
        is_held || is_inside
    }

    /// Appends members that stay to the rest.
    fn keep(&mut self, event: &Event<'_>, run: &mut Option<(u32, u32)>, is_first: &mut bool) {
        if let Some((start, end)) = run.take() {
            if !std::mem::replace(is_first, false) {
                self.rest.push(b',');
            }
            self.rest.extend_from_slice(&event.text[start as usize..end as usize]);
        }
    }

    /// Sets the last row's value of a column; `false` if the column cannot hold it.
    fn put(&mut self, column: usize, json: &[u8], member: &Member) -> bool {
        if json == b"null" {
            return true;
        }
        let Self { bytes, cells, types, scratch, .. } = self;
        let is_text = json.first() == Some(&b'"');
        match &mut cells[column] {
            Cells::Text(spans) => {
                let start = bytes.len();
                match (is_text, member.value_escaped) {
                    (true, false) => bytes.extend_from_slice(&json[1..json.len() - 1]),
                    (true, true) => {
                        if unescape(&json[1..json.len() - 1], bytes).is_none() {
                            return false;
                        }
                    }
                    (false, _) => bytes.extend_from_slice(json),
                }
                let span = (start as u32, (bytes.len() - start) as u32);
                spans.last_mut().map(|last| *last = span).is_some()
            }
            Cells::Fixed(values) => {
                let scalar = Scalar::read(json, member.value_escaped, scratch);
                let value = scalar.and_then(|scalar| fixed(types[column], &scalar));
                values.last_mut().map(|last| *last = value).is_some() && value.is_some()
            }
        }
    }

    /// The order that rows are written in: by their time, those without one first, else as they came.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.count as u32).collect();
        if let Some(Cells::Fixed(times)) = self.cells.get(TIMESTAMP_COLUMN)
            && !times.is_sorted()
        {
            order.sort_by_key(|at| times[*at as usize]);
        }
        order
    }

    /// Hands the columns out one by one, and is empty afterwards.
    pub(crate) fn drain<E: From<ArrowError>>(
        &mut self,
        mut column: impl FnMut(ArrayRef) -> Result<(), E>,
    ) -> Result<(), E> {
        let order = self.order();
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        for (cells, kind) in self.cells.iter_mut().zip(&self.types) {
            match cells {
                Cells::Text(spans) => {
                    column(texts(spans, &order, &bytes)?)?;
                    spans.clear();
                }
                Cells::Fixed(values) => {
                    column(fixed_array(*kind, values, &order))?;
                    values.clear();
                }
            }
        }
        // The room is used again.
        self.bytes = bytes.into_vec().unwrap_or_default();
        self.bytes.clear();
        self.count = 0;
        Ok(())
    }
}

impl Cells {
    fn width(&self) -> usize {
        match self {
            Self::Text(_) => size_of::<Span>(),
            Self::Fixed(_) => size_of::<Option<i64>>(),
        }
    }
}

fn fixed(kind: EventColumnType, scalar: &Scalar<'_>) -> Option<i64> {
    match kind {
        EventColumnType::Boolean => scalar.boolean().map(i64::from),
        EventColumnType::Int => scalar.whole().filter(|number| i32::try_from(*number).is_ok()),
        EventColumnType::Bigint => scalar.whole(),
        EventColumnType::Double => scalar.double().map(|number| number.to_bits().cast_signed()),
        EventColumnType::Date => scalar.days().map(i64::from),
        EventColumnType::Timestamp => scalar.millis().map(|millis| millis * 1000),
        EventColumnType::String => None,
    }
}

/// Views of the rows' bytes: no character is copied.
fn texts(spans: &[Span], order: &[u32], bytes: &Buffer) -> Result<ArrayRef, ArrowError> {
    let is_null = |at: u32| spans[at as usize].1 == NO_TEXT;
    let view = |at: &u32| match spans[*at as usize] {
        (_, NO_TEXT) => 0,
        (start, length) => make_view(&bytes[start as usize..start as usize + length as usize], 0, start),
    };
    let views: Vec<u128> = order.iter().map(view).collect();
    let array = BinaryViewArray::try_new(ScalarBuffer::from(views), vec![bytes.clone()], nulls(order, is_null))?;
    Ok(Arc::new(array))
}

fn nulls(order: &[u32], is_null: impl Fn(u32) -> bool) -> Option<NullBuffer> {
    let nulls = NullBuffer::new(BooleanBuffer::collect_bool(order.len(), |at| !is_null(order[at])));
    (nulls.null_count() > 0).then_some(nulls)
}

#[expect(clippy::cast_possible_truncation, reason = "the values of 32 bits were checked when they were read")]
fn fixed_array(kind: EventColumnType, values: &[Option<i64>], order: &[u32]) -> ArrayRef {
    let nulls = nulls(order, |at| values[at as usize].is_none());
    let sorted = || order.iter().map(|at| values[*at as usize].unwrap_or_default());
    match kind {
        EventColumnType::Boolean => {
            let bits = BooleanBuffer::collect_bool(order.len(), |at| values[order[at] as usize] == Some(1));
            Arc::new(BooleanArray::new(bits, nulls))
        }
        EventColumnType::Int => Arc::new(Int32Array::new(sorted().map(|value| value as i32).collect(), nulls)),
        EventColumnType::Date => Arc::new(Date32Array::new(sorted().map(|value| value as i32).collect(), nulls)),
        EventColumnType::Double => {
            let doubles = sorted().map(|bits| f64::from_bits(bits.cast_unsigned())).collect();
            Arc::new(Float64Array::new(doubles, nulls))
        }
        EventColumnType::Timestamp => {
            Arc::new(TimestampMicrosecondArray::new(sorted().collect(), nulls).with_timezone("UTC"))
        }
        EventColumnType::Bigint | EventColumnType::String => Arc::new(Int64Array::new(sorted().collect(), nulls)),
    }
}
