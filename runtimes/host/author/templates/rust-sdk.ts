/** What a handler in Rust needs of its host, as the module a project begins with. */
export const RUST_SDK = `//! What a handler in Rust needs of its host: see spec/handler-abi.md and spec/host-functions.md of PromiseGrid.
#![allow(dead_code, unused_macros)]

/// What a method gives: bytes, or a failure in words for its caller.
pub type Answer = Result<Vec<u8>, String>;

/// Names the methods of this handler: functions of the crate that take bytes and give an Answer.
macro_rules! methods {
    ($($name:ident),+ $(,)?) => { $(
        const _: () = {
            #[no_mangle]
            extern "C" fn $name(at: *const u8, length: u32) -> i64 {
                crate::promisegrid::run(at, length, crate::$name)
            }
        };
    )+ };
}

/// Memory of one call, which goes with it: nothing is freed. 0 when there is no more.
#[no_mangle]
extern "C" fn alloc(length: u32) -> *mut u8 {
    let mut room: Vec<u8> = Vec::new();
    match room.try_reserve_exact(length as usize) {
        Ok(()) => room.leak_room(),
        Err(_) => core::ptr::null_mut(),
    }
}

trait LeakRoom {
    fn leak_room(self) -> *mut u8;
}

impl LeakRoom for Vec<u8> {
    fn leak_room(self) -> *mut u8 {
        core::mem::ManuallyDrop::new(self).as_mut_ptr()
    }
}

pub fn run(at: *const u8, length: u32, method: fn(&[u8]) -> Answer) -> i64 {
    let input: &[u8] = match length {
        0 => &[],
        // The host has put that many bytes where alloc made room for them.
        _ => unsafe { core::slice::from_raw_parts(at, length as usize) },
    };
    match method(input) {
        Ok(bytes) => pair(bytes, 0),
        Err(words) => pair(words.into_bytes(), 0x8000_0000),
    }
}

fn pair(bytes: Vec<u8>, mark: u32) -> i64 {
    let length = bytes.len() as u64;
    (((bytes.leak_room() as u32 | mark) as u64) << 32 | length) as i64
}

/// The code that the host refused a question with. It becomes the failure of a method by \`?\`.
#[derive(Debug)]
pub struct Refused(pub String);

impl From<Refused> for String {
    fn from(refused: Refused) -> String {
        refused.0
    }
}

/// The answer to a question: absent is None.
type Told = Result<Option<Vec<u8>>, Refused>;

#[link(wasm_import_module = "promisegrid")]
extern "C" {
    fn answer_length() -> u32;
    fn answer_read(from: u32, into: *mut u8, room: u32) -> u32;
    fn answer_refuse() -> !;
    fn state_get(key: *const u8, key_len: u32, into: *mut u8, room: u32) -> i32;
    fn state_put(key: *const u8, key_len: u32, value: *const u8, len: u32) -> i32;
    fn state_delete(key: *const u8, key_len: u32) -> i32;
    fn state_range(
        prefix: *const u8, prefix_len: u32, after: *const u8, after_len: u32, limit: u32, into: *mut u8, room: u32,
    ) -> i32;
    fn state_ahead(key: *const u8, key_len: u32);
    fn state_space(into: *mut u8, room: u32) -> i32;
    fn state_prefix(into: *mut u8, room: u32) -> i32;
    fn block_get(cid: *const u8, cid_len: u32, into: *mut u8, room: u32) -> i32;
    fn block_put(bytes: *const u8, len: u32, codec: u32, into: *mut u8, room: u32) -> i32;
    fn block_ahead(cid: *const u8, cid_len: u32);
    fn call_table() -> u32;
    fn call_grant(capability: u32, into: *mut u8, room: u32) -> i32;
    fn call(request: *const Request, into: *mut u8, room: u32) -> i32;
    fn promise_defer(
        seconds: u32, wraps: *const u8, wraps_len: u32, conditions: *const Part, count: u32, into: *mut u8, room: u32,
    ) -> i32;
    fn promise_keep(promise: *const u8, promise_len: u32, output: *const u8, len: u32) -> i32;
    fn promise_break(promise: *const u8, promise_len: u32, detail: *const u8, len: u32) -> i32;
    fn promise_outcome(promise: *const u8, promise_len: u32, into: *mut u8, room: u32) -> i32;
    fn log(text: *const u8, len: u32);
}

#[repr(C)]
struct Part {
    at: *const u8,
    len: u32,
}

impl Part {
    fn of(bytes: &[u8]) -> Part {
        Part { at: bytes.as_ptr(), len: bytes.len() as u32 }
    }
}

#[repr(C)]
struct Request {
    capability: u32,
    protocol: Part,
    method: Part,
    input: Part,
    lend: *const u32,
    lend_count: u32,
    resource: u32,
    name: Part,
    prefix: Part,
    fuel: u64,
}

fn told(status: i32) -> Told {
    match status {
        -1 => Ok(None),
        -2 => Err(Refused(String::from_utf8_lossy(&answer()).into_owned())),
        _ => Ok(Some(answer())),
    }
}

fn there(status: i32) -> Result<Vec<u8>, Refused> {
    Ok(told(status)?.unwrap_or_default())
}

fn answer() -> Vec<u8> {
    unsafe {
        let mut bytes = vec![0; answer_length() as usize];
        answer_read(0, bytes.as_mut_ptr(), bytes.len() as u32);
        bytes
    }
}

/// Ends the call with what the last question was refused with. It traps where nothing was refused.
pub fn refuse() -> ! {
    unsafe { answer_refuse() }
}

/// Words that explain a failure, should the call fail (group \`log\`).
pub fn say(text: &str) {
    unsafe { log(text.as_ptr(), text.len() as u32) }
}

const NO: *mut u8 = core::ptr::null_mut();

/// The entries of the space that the message names (group \`state\`).
pub mod state {
    use super::*;

    pub fn get(key: &[u8]) -> Told {
        told(unsafe { state_get(key.as_ptr(), key.len() as u32, NO, 0) })
    }

    pub fn put(key: &[u8], value: &[u8]) -> Result<(), Refused> {
        let status = unsafe { state_put(key.as_ptr(), key.len() as u32, value.as_ptr(), value.len() as u32) };
        there(status).map(|_| ())
    }

    pub fn delete(key: &[u8]) -> Result<(), Refused> {
        there(unsafe { state_delete(key.as_ptr(), key.len() as u32) }).map(|_| ())
    }

    /// Entries by prefix, in order, behind the key \`after\` if it has bytes.
    pub fn range(prefix: &[u8], after: &[u8], limit: u32) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Refused> {
        let (p, a) = (Part::of(prefix), Part::of(after));
        let page = there(unsafe { state_range(p.at, p.len, a.at, a.len, limit, NO, 0) })?;
        let mut entries = Vec::new();
        let mut rest = &page[..];
        while rest.len() >= 8 {
            let number = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]) as usize;
            let (key, value) = (number(0), number(4));
            entries.push((rest[8..8 + key].to_vec(), rest[8 + key..8 + key + value].to_vec()));
            rest = &rest[8 + key + value..];
        }
        Ok(entries)
    }

    /// Says what will be asked, so that the host reads it all at once.
    pub fn ahead(key: &[u8]) {
        unsafe { state_ahead(key.as_ptr(), key.len() as u32) }
    }

    pub fn space() -> Result<Vec<u8>, Refused> {
        there(unsafe { state_space(NO, 0) })
    }

    pub fn prefix() -> Result<Vec<u8>, Refused> {
        there(unsafe { state_prefix(NO, 0) })
    }
}

/// Blocks by CID (group \`block\`).
pub mod block {
    use super::*;

    pub const RAW: u32 = 0x55;
    pub const DAG_CBOR: u32 = 0x71;

    pub fn get(cid: &[u8]) -> Told {
        told(unsafe { block_get(cid.as_ptr(), cid.len() as u32, NO, 0) })
    }

    /// Keeps a block; its CID.
    pub fn put(bytes: &[u8], codec: u32) -> Result<Vec<u8>, Refused> {
        there(unsafe { block_put(bytes.as_ptr(), bytes.len() as u32, codec, NO, 0) })
    }

    pub fn ahead(cid: &[u8]) {
        unsafe { block_ahead(cid.as_ptr(), cid.len() as u32) }
    }
}

/// Other handlers, with what the message lends (group \`call\`).
pub mod calls {
    use super::*;

    /// What a call acts on.
    pub enum On<'a> {
        Handler,
        Space { name: &'a str, prefix: &'a [u8] },
        Labels { names: &'a str },
    }

    pub struct Call<'a> {
        /// Index among the chains that are lent.
        pub capability: u32,
        pub protocol: &'a [u8],
        pub method: &'a str,
        pub input: &'a [u8],
        /// Entries of the own table that are lent on.
        pub lend: &'a [u32],
        pub on: On<'a>,
        /// At most; 0 is all that is left.
        pub fuel: u64,
    }

    /// How many chains are lent.
    pub fn table() -> u32 {
        unsafe { call_table() }
    }

    /// What a lent chain grants, as spec/host-functions.md writes it.
    pub fn grant(capability: u32) -> Result<Vec<u8>, Refused> {
        there(unsafe { call_grant(capability, NO, 0) })
    }

    pub fn call(wanted: &Call) -> Result<Vec<u8>, Refused> {
        let (resource, name, prefix): (u32, &[u8], &[u8]) = match &wanted.on {
            On::Handler => (0, &[], &[]),
            On::Space { name, prefix } => (2, name.as_bytes(), *prefix),
            On::Labels { names } => (3, names.as_bytes(), &[]),
        };
        let request = Request {
            capability: wanted.capability,
            protocol: Part::of(wanted.protocol),
            method: Part::of(wanted.method.as_bytes()),
            input: Part::of(wanted.input),
            lend: wanted.lend.as_ptr(),
            lend_count: wanted.lend.len() as u32,
            resource,
            name: Part::of(name),
            prefix: Part::of(prefix),
            fuel: wanted.fuel,
        };
        there(unsafe { super::call(&request, NO, 0) })
    }
}

/// Answers that come later (groups \`promise\` and \`promise.outcome\`).
pub mod promise {
    use super::*;

    /// Makes the promise that this call ends with, and gives its id; the method gives no bytes then.
    pub fn defer(seconds: u32, wraps: &[u8], conditions: &[&[u8]]) -> Result<Vec<u8>, Refused> {
        let parts: Vec<Part> = conditions.iter().map(|each| Part::of(each)).collect();
        let (at, count) = (parts.as_ptr(), parts.len() as u32);
        there(unsafe { promise_defer(seconds, wraps.as_ptr(), wraps.len() as u32, at, count, NO, 0) })
    }

    pub fn keep(promise: &[u8], output: &[u8]) -> Result<(), Refused> {
        let (p, o) = (Part::of(promise), Part::of(output));
        there(unsafe { promise_keep(p.at, p.len, o.at, o.len) }).map(|_| ())
    }

    pub fn fail(promise: &[u8], detail: &str) -> Result<(), Refused> {
        let (p, d) = (Part::of(promise), Part::of(detail.as_bytes()));
        there(unsafe { promise_break(p.at, p.len, d.at, d.len) }).map(|_| ())
    }

    pub fn outcome(promise: &[u8]) -> Told {
        told(unsafe { promise_outcome(promise.as_ptr(), promise.len() as u32, NO, 0) })
    }
}
`
