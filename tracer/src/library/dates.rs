//! Dates and times of the module datetime, and those of pandas that derive from them.

use super::native::{self, got};
use super::{Contents, Reader, Values};
use crate::layout::common as at;
use crate::layout::private::{time_zone, zone_info};
use crate::raw::{self, Obj, field, flag};

impl dyn Values {
    /// Writes a date, a time, a time zone or a time difference.
    ///
    /// # Safety
    /// `object` is live and of a type that has this reader.
    pub(super) unsafe fn date(&mut self, object: Obj, reader: Reader, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the reader says which struct the object has.
        unsafe {
            match reader {
                Reader::Date => {
                    let data: [u8; 4] = field(object, at::DATE_DATA);
                    let year = u16::from_be_bytes([data[0], data[1]]);
                    out.text(name).number(format_args!("({year}, {}, {})", data[2], data[3]));
                }
                Reader::Time => {
                    let data: [u8; 6] = field(object, at::TIME_DATA);
                    out.text(name).text("(");
                    clock(&data, 2, out);
                    self.zone(object, field::<u8>(object, at::TIME_FOLD), at::TIME_ZONE, depth, out);
                }
                Reader::DateTime => self.date_time(object, name, depth, out),
                Reader::TimeDelta => time_delta(object, name, out),
                Reader::TimeZone => self.time_zone(object, name, depth, out),
                Reader::ZoneInfo => self.zone_info(object, depth, out),
                // Not a reader for dates.
                _ => {}
            }
        }
    }

    unsafe fn date_time(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the struct of a datetime; a getter in C is asked.
        unsafe {
            if name == "NaTType" && got(object, c"_value").is_some() {
                out.text("NaT");
                return;
            }
            let data: [u8; 10] = field(object, at::DATETIME_DATA);
            let year = u16::from_be_bytes([data[0], data[1]]);
            out.text(name).number(format_args!("({year}, {}, {}, ", data[2], data[3]));
            clock(&data[4..], 2, out);
            nanoseconds(object, c"nanosecond", ", ", out);
            self.zone(object, field::<u8>(object, at::DATETIME_FOLD), at::DATETIME_ZONE, depth, out);
        }
    }

    unsafe fn time_zone(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: a timezone has a timedelta and perhaps a name.
        unsafe {
            let (offset, label): (Obj, Obj) = (field(object, time_zone::OFFSET), field(object, time_zone::NAME));
            let parts: [i32; 3] = field(offset, at::DELTA_DAYS);
            if parts == [0; 3] && label.is_null() {
                out.text("datetime.timezone.utc");
                return;
            }
            out.text(name).text("(");
            self.value_piece(offset, depth, out);
            if !label.is_null() {
                out.text(", ");
                self.value_piece(label, depth, out);
            }
            out.text(")");
        }
    }

    unsafe fn zone_info(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        out.text("zoneinfo.ZoneInfo(key=");
        // SAFETY: a ZoneInfo has a key.
        unsafe { self.value_piece(field(object, zone_info::KEY), depth, out) };
        out.text(")");
    }

    unsafe fn zone(&mut self, object: Obj, fold: u8, offset: usize, depth: u8, out: &mut Contents) {
        if fold != 0 {
            out.number(format_args!(", fold={fold}"));
        }
        // SAFETY: hastzinfo says whether the field is there.
        unsafe {
            if field::<u8>(object, at::TIME_HAS_ZONE) != 0 {
                out.text(", tzinfo=");
                self.value_piece(field(object, offset), depth, out);
            }
        }
        out.text(")");
    }
}

unsafe fn time_delta(object: Obj, name: &str, out: &mut Contents) {
    // SAFETY: the struct of a timedelta.
    let parts: [i32; 3] = unsafe { field(object, at::DELTA_DAYS) };
    out.text(name).text("(");
    let mut separator = "";
    for (label, n) in ["days", "seconds", "microseconds"].into_iter().zip(parts) {
        if n != 0 {
            out.number(format_args!("{separator}{label}={n}"));
            separator = ", ";
        }
    }
    // SAFETY: `object` is live.
    let more = unsafe { nanoseconds(object, c"nanoseconds", separator, out) };
    out.text(if parts == [0; 3] && !more { "0)" } else { ")" });
}

/// Hours, minutes, and seconds and microseconds if they are not zero.
fn clock(data: &[u8], least: usize, out: &mut Contents) {
    let micros = u32::from_be_bytes([0, data[3], data[4], data[5]]);
    let parts = [u32::from(data[0]), u32::from(data[1]), u32::from(data[2]), micros];
    let shown = parts.iter().rposition(|part| *part != 0).map_or(least, |last| (last + 1).max(least));
    let texts: Vec<String> = parts[..shown].iter().map(ToString::to_string).collect();
    out.text(&texts.join(", "));
}

/// Writes the nanoseconds of a time of pandas, if it has any. Returns whether it has.
unsafe fn nanoseconds(object: Obj, name: &std::ffi::CStr, separator: &str, out: &mut Contents) -> bool {
    // SAFETY: `object` is live; only a getter in C is asked.
    let found = unsafe {
        let derived = raw::has_flag(raw::type_of(object), flag::HEAP);
        if derived { got(object, name).and_then(|n| native::int(n.get())) } else { None }
    };
    if let Some(n @ 1..) = found {
        out.text(separator).text(&name.to_string_lossy()).text("=").number(n);
    }
    found.is_some_and(|n| n > 0)
}
