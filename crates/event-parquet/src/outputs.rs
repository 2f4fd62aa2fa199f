//! All tables and days of one source, within one budget of memory and one of disk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::error::Error;
use crate::layout::{Columns, Layout};
use crate::limits::Limits;
use crate::output::Output;
use crate::rows::{Event, Rows};
use crate::sink::{Part, Sink, SinkError};

/// Where events go. Which row comes into which file depends on the rows alone: the same source always gives the same files.
pub(crate) struct Outputs<'a, S> {
    layout: &'a Layout,
    limits: &'a Limits,
    sink: &'a mut S,
    slots: Vec<Slot>,
    /// Table, then day.
    places: HashMap<String, HashMap<String, usize>>,
    /// The last one, which is often the next one.
    recent: usize,
    /// Bytes of all rows that are not written.
    buffered: usize,
    /// Slots that have rows or a file.
    active: usize,
    clock: u64,
}

/// One table and day.
struct Slot {
    table: String,
    date: String,
    columns: Arc<Columns>,
    rows: Option<Rows>,
    output: Option<Output>,
    next_number: u32,
    total: u64,
    used: u64,
}

impl<'a, S: Sink> Outputs<'a, S> {
    pub(crate) fn new(layout: &'a Layout, limits: &'a Limits, sink: &'a mut S) -> Self {
        let (slots, places) = (Vec::new(), HashMap::new());
        Self { layout, limits, sink, slots, places, recent: 0, buffered: 0, active: 0, clock: 0 }
    }

    /// Where lines that cannot be read go.
    pub(crate) fn sink(&mut self) -> &mut S {
        self.sink
    }

    /// Appends an event to a table and day, and writes what exceeds the budgets.
    pub(crate) fn push(&mut self, table: &str, date: &str, event: &Event<'_>) -> Result<(), Error> {
        let at = self.slot(table, date);
        self.clock += 1;
        let slot = &mut self.slots[at];
        slot.used = self.clock;
        slot.total += 1;
        if slot.rows.is_none() && slot.output.is_none() {
            self.active += 1;
        }
        let columns = &slot.columns;
        let rows = slot.rows.get_or_insert_with(|| Rows::new(columns));
        let before = rows.size();
        rows.push(columns, event);
        self.buffered += rows.size() - before;
        if self.buffered >= self.limits.buffer_bytes {
            let largest = self.best(|slot| slot.rows.as_ref().map(|rows| rows.size() as u64));
            self.flush(largest)?;
            self.hand_over_excess()?;
        }
        if self.active > self.limits.outputs {
            let idle = self.best(|slot| (slot.rows.is_some() || slot.output.is_some()).then_some(u64::MAX - slot.used));
            self.finish(idle)?;
        }
        Ok(())
    }

    /// Finishes all files, and counts the rows of every table and day.
    pub(crate) fn close(mut self) -> Result<BTreeMap<String, BTreeMap<String, u64>>, Error> {
        for at in 0..self.slots.len() {
            self.finish(at)?;
        }
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for slot in self.slots {
            counts.entry(slot.table).or_default().insert(slot.date, slot.total);
        }
        Ok(counts)
    }

    fn slot(&mut self, table: &str, date: &str) -> usize {
        if self.slots.get(self.recent).is_some_and(|slot| slot.table == table && slot.date == date) {
            return self.recent;
        }
        let known = self.places.get(table).and_then(|days| days.get(date)).copied();
        self.recent = known.unwrap_or_else(|| {
            let at = self.slots.len();
            self.places.entry(table.to_owned()).or_default().insert(date.to_owned(), at);
            self.slots.push(Slot {
                table: table.to_owned(),
                date: date.to_owned(),
                columns: Arc::clone(self.layout.columns(table)),
                rows: None,
                output: None,
                next_number: 0,
                total: 0,
                used: 0,
            });
            at
        });
        self.recent
    }

    /// The slot of the greatest value, the first of equal ones.
    fn best(&self, value: impl Fn(&Slot) -> Option<u64>) -> usize {
        let values = self.slots.iter().enumerate().filter_map(|(at, slot)| Some((value(slot)?, at)));
        values.min_by_key(|(value, at)| (u64::MAX - value, *at)).map_or(0, |(_, at)| at)
    }

    /// Writes a slot's rows as a row group.
    fn flush(&mut self, at: usize) -> Result<(), Error> {
        let Some(slot) = self.slots.get_mut(at) else { return Ok(()) };
        let Some(rows) = slot.rows.as_mut().filter(|rows| rows.count() > 0) else { return Ok(()) };
        self.buffered -= rows.size();
        let failed = |source| Error::Write { table: slot.table.clone(), date: slot.date.clone(), source };
        let output = match &mut slot.output {
            Some(output) => output,
            none => none.insert(Output::create(&self.limits.folder, &slot.columns).map_err(failed)?),
        };
        output.append(rows).map_err(failed)
    }

    /// Keeps the temporary files, all together, within the budget of the disk, and the row groups whose places they remember within that of
    /// memory.
    fn hand_over_excess(&mut self) -> Result<(), Error> {
        let sum = |value: &dyn Fn(&Output) -> u64| -> u64 {
            self.slots.iter().filter_map(|slot| slot.output.as_ref()).map(value).sum()
        };
        let is_full = sum(&Output::size) >= self.limits.disk_bytes;
        let is_long = sum(&|output| output.row_groups as u64) >= self.limits.row_groups as u64;
        let largest = self.best(|slot| slot.output.as_ref().map(Output::size));
        let is_large = self
            .slots
            .get(largest)
            .and_then(|slot| slot.output.as_ref())
            .is_some_and(|o| o.size() >= self.limits.file_bytes);
        if is_full || is_large {
            self.finish(largest)?;
        } else if is_long {
            let longest = self.best(|slot| slot.output.as_ref().map(|output| output.row_groups as u64));
            self.finish(longest)?;
        }
        Ok(())
    }

    /// Ends a slot's file and hands it over.
    fn finish(&mut self, at: usize) -> Result<(), Error> {
        self.flush(at)?;
        let Some(slot) = self.slots.get_mut(at) else { return Ok(()) };
        if slot.rows.take().is_some() | slot.output.is_some() {
            self.active -= 1;
        }
        let Some(output) = slot.output.take() else { return Ok(()) };
        let rows = output.rows;
        let failed = |source| Error::Write { table: slot.table.clone(), date: slot.date.clone(), source };
        let file = output.finish().map_err(failed)?;
        let part = Part { table: slot.table.clone(), date: slot.date.clone(), number: slot.next_number, rows, file };
        slot.next_number += 1;
        let sent: Result<(), SinkError> = self.sink.file(part);
        sent.map_err(Error::Sink)
    }
}
