/** The same handler in each language that has a kit: it asks its host for all that a host can be asked. */
export const C = `#include "promisegrid.h"
#include "promisegrid-host.h"

static uint8_t room[256];

/* Writes two entries, reads them back, keeps a block of what it read, and deletes one. */
PG_METHOD(go)(const uint8_t *input, uint32_t length) {
  pg_log("began", 5);
  pg_state_ahead("a", 1);
  if (pg_state_put("a", 1, input, length) < 0) pg_answer_refuse();
  if (pg_state_put("b", 1, "two", 3) < 0) pg_answer_refuse();
  if (pg_state_get("c", 1, room, sizeof room) != PG_ABSENT) return pg_error("c is there");
  int32_t page = pg_state_range("", 0, "", 0, 10, room, sizeof room);
  if (page != (int32_t)(8 + 1 + length + 8 + 1 + 3)) return pg_error("another page");
  if (pg_state_delete("b", 1) < 0 || pg_state_space(room, sizeof room) != 5) return pg_error("another space");
  if (pg_state_prefix(room, sizeof room) != 0 || pg_call_table() != 0) return pg_error("more than was given");
  int32_t cid = pg_block_put("block", 5, PG_RAW, room, sizeof room);
  if (cid < 0) pg_answer_refuse();
  pg_block_ahead(room, (uint32_t)cid);
  if (pg_block_get(room, (uint32_t)cid, room + 64, 64) != 5) return pg_error("no block");
  int32_t got = pg_state_get("a", 1, room, sizeof room);
  return got < 0 ? pg_error("no a") : pg_bytes(room, (uint32_t)got);
}

PG_METHOD(far)(const uint8_t *input, uint32_t length) {
  if (pg_promise_outcome(input, length, room, sizeof room) == PG_REFUSED) pg_answer_refuse();
  return pg_error("not refused");
}

/* Calls the first handler that is named with the first chain, and the second one about a space with the second chain. */
PG_METHOD(pass)(const uint8_t *input, uint32_t length) {
  static const uint32_t lent[] = {1};
  if (length != 72 || pg_call_table() != 2) return pg_error("another table");
  if (pg_call_grant(0, room, sizeof room) < 36) pg_answer_refuse();
  if (pg_call_grant(2, room, sizeof room) != PG_REFUSED) return pg_error("a third chain");
  struct pg_call echo = {
      .protocol = input, .protocol_len = 36, .method = "echo", .method_len = 4, .input = "hi", .input_len = 2,
      .lend = lent, .lend_count = 1, .fuel = 1000000};
  if (pg_call(&echo, room, sizeof room) != 2 || room[0] != 'h' || room[1] != 'i') return pg_error("no echo");
  struct pg_call get = {
      .capability = 1, .protocol = input + 36, .protocol_len = 36, .method = "get", .method_len = 3,
      .input = "\\xa1\\x63key\\x41""a", .input_len = 7, .resource = PG_SPACE, .name = "notes", .name_len = 5};
  int32_t got = pg_call(&get, room, sizeof room);
  if (got < 0) pg_answer_refuse();
  get.name = "other";
  if (pg_call(&get, room + 64, 64) != PG_REFUSED) return pg_error("more than was lent");
  return pg_bytes(room, (uint32_t)got);
}

/* Makes a promise, under the condition that is given. */
PG_METHOD(later)(const uint8_t *input, uint32_t length) {
  struct pg_bytes condition = {input, length};
  if (pg_promise_defer(600, NULL, 0, &condition, length > 0, room, sizeof room) < 0) pg_answer_refuse();
  return 0;
}

PG_METHOD(keep)(const uint8_t *input, uint32_t length) {
  if (pg_promise_keep(input, length, "done", 4) < 0) pg_answer_refuse();
  return 0;
}

PG_METHOD(fail)(const uint8_t *input, uint32_t length) {
  if (pg_promise_break(input, length, "no", 2) < 0) pg_answer_refuse();
  return 0;
}
`

export const RUST = `#[macro_use]
mod promisegrid;
use promisegrid::{block, calls, promise, say, state, Answer};

methods!(go, far, pass, later, keep, fail);

/// Writes two entries, reads them back, keeps a block of what it read, and deletes one.
fn go(input: &[u8]) -> Answer {
    say("began");
    state::ahead(b"a");
    state::put(b"a", input)?;
    state::put(b"b", b"two")?;
    if state::get(b"c")?.is_some() {
        return Err("c is there".into());
    }
    let page = state::range(b"", b"", 10)?;
    if page.len() != 2 || page[0].1 != input || page[1] != (b"b".to_vec(), b"two".to_vec()) {
        return Err("another page".into());
    }
    state::delete(b"b")?;
    if state::space()? != b"notes" || !state::prefix()?.is_empty() || calls::table() != 0 {
        return Err("another space".into());
    }
    let cid = block::put(b"block", block::RAW)?;
    block::ahead(&cid);
    if block::get(&cid)? != Some(b"block".to_vec()) {
        return Err("no block".into());
    }
    state::get(b"a")?.ok_or_else(|| "no a".into())
}

fn far(input: &[u8]) -> Answer {
    if promise::outcome(input).is_err() {
        promisegrid::refuse();
    }
    Err("not refused".into())
}

/// Calls the first handler that is named with the first chain, and the second one about a space with the second chain.
fn pass(input: &[u8]) -> Answer {
    if input.len() != 72 || calls::table() != 2 || calls::grant(0)?.is_empty() || calls::grant(2).is_ok() {
        return Err("another table".into());
    }
    let (on, lend) = (calls::On::Handler, &[1][..]);
    let echo = calls::Call { capability: 0, protocol: &input[..36], method: "echo", input: b"hi", lend, on, fuel: 1_000_000 };
    if calls::call(&echo)? != b"hi" {
        return Err("no echo".into());
    }
    let about = |name| {
        let on = calls::On::Space { name, prefix: b"" };
        let input_of_get = b"\\xa1\\x63key\\x41a";
        calls::call(&calls::Call { capability: 1, protocol: &input[36..], method: "get", input: input_of_get, lend: &[], on, fuel: 0 })
    };
    let got = about("notes")?;
    match about("other") {
        Ok(_) => Err("more than was lent".into()),
        Err(_) => Ok(got),
    }
}

/// Makes a promise, under the condition that is given.
fn later(input: &[u8]) -> Answer {
    let condition = [input];
    promise::defer(600, b"", if input.is_empty() { &[] } else { &condition })?;
    Ok(Vec::new())
}

fn keep(input: &[u8]) -> Answer {
    match promise::keep(input, b"done") {
        Ok(()) => Ok(Vec::new()),
        Err(_) => promisegrid::refuse(),
    }
}

fn fail(input: &[u8]) -> Answer {
    match promise::fail(input, "no") {
        Ok(()) => Ok(Vec::new()),
        Err(_) => promisegrid::refuse(),
    }
}
`

export const ASSEMBLYSCRIPT = `import { block, bytes, Call, calls, error, input, nothing, promise, refuse, say, state, utf8 } from './promisegrid'

export { alloc } from './promisegrid'

const NONE = new Uint8Array(0)

/** Writes two entries, reads them back, keeps a block of what it read, and deletes one. */
export function go(at: usize, length: i32): i64 {
  const given = input(at, length)
  say('began')
  state.ahead(utf8('a'))
  if (!state.put(utf8('a'), given).ok) return refuse()
  const wrote = state.put(utf8('b'), utf8('two'))
  if (!wrote.ok) return error(wrote.code)
  if (!state.get(utf8('c')).absent) return error('c is there')
  const page = state.range(NONE, NONE, 10)
  if (!page.ok || page.entries.length != 2) return error('another page')
  const first = page.entries[0]
  const second = page.entries[1]
  if (!same(first.value, given) || !same(second.key, utf8('b')) || !same(second.value, utf8('two')))
    return error('other entries')
  if (!state.remove(utf8('b')).ok || !state.get(utf8('b')).absent) return error('b is there')
  if (!same(state.space().bytes, utf8('notes'))) return error('another space')
  if (state.prefix().bytes.length != 0 || calls.table() != 0) return error('more than was given')
  const kept = block.put(utf8('block'), block.RAW)
  if (!kept.ok) return refuse()
  block.ahead(kept.bytes)
  if (!same(block.get(kept.bytes).bytes, utf8('block'))) return error('no block')
  const got = state.get(utf8('a'))
  return got.absent ? error('no a') : bytes(got.bytes)
}

export function far(at: usize, length: i32): i64 {
  const outcome = promise.outcome(input(at, length))
  return outcome.ok ? error('not refused') : refuse()
}

/** Calls the first handler that is named with the first chain, and the second one about a space with the second chain. */
export function pass(at: usize, length: i32): i64 {
  const given = input(at, length)
  if (length != 72 || calls.table() != 2) return error('another table')
  if (calls.grant(0).bytes.length < 36 || calls.grant(2).ok) return error('other chains')
  const echo = new Call(0, given.subarray(0, 36), 'echo')
  echo.input = utf8('hi')
  echo.lend = [1]
  echo.fuel = 1000000
  if (!same(echo.ask().bytes, utf8('hi'))) return error('no echo')
  const get = new Call(1, given.subarray(36), 'get').onSpace('notes', NONE)
  get.input = utf8('?ckeyAa')
  get.input[0] = 0xa1
  const got = get.ask()
  if (!got.ok) return refuse()
  return get.onSpace('other', NONE).ask().ok ? error('more than was lent') : bytes(got.bytes)
}

/** Makes a promise, under the condition that is given. */
export function later(at: usize, length: i32): i64 {
  const made = promise.defer(600, NONE, length == 0 ? [] : [input(at, length)])
  return made.ok ? nothing() : error(made.code)
}

export function keep(at: usize, length: i32): i64 {
  return promise.keep(input(at, length), utf8('done')).ok ? nothing() : refuse()
}

export function fail(at: usize, length: i32): i64 {
  return promise.fail(input(at, length), 'no').ok ? nothing() : refuse()
}

function same(a: Uint8Array, b: Uint8Array): bool {
  return a.length == b.length && memory.compare(a.dataStart, b.dataStart, a.length) == 0
}
`

export const JS = `// @ts-check
import { failure, Refused, textOf, utf8 } from './promisegrid/index.js'
import * as answer from './promisegrid/answer.js'
import * as block from './promisegrid/block.js'
import { call, grant, table } from './promisegrid/call.js'
import { say } from './promisegrid/log.js'
import { outcome } from './promisegrid/outcome.js'
import * as promise from './promisegrid/promise.js'
import * as state from './promisegrid/state.js'

const NONE = new Uint8Array()

/** @param {Uint8Array} a @param {Uint8Array | null} b */
const same = (a, b) => b !== null && a.length === b.length && a.every((byte, at) => byte === b[at])

/** Writes two entries, reads them back, keeps a block of what it read, and deletes one. @param {Uint8Array} input */
export function go(input) {
  say('began')
  state.ahead(utf8('a'))
  state.put(utf8('a'), input)
  state.put(utf8('b'), utf8('two'))
  if (state.get(utf8('c')) !== null) throw failure('c is there')
  const [first, second, ...others] = state.range(NONE)
  if (first === undefined || second === undefined || others.length > 0) throw failure('another page')
  if (!same(first.value, input) || textOf(second.key) !== 'b' || textOf(second.value) !== 'two') throw failure('other entries')
  const rest = state.range(NONE, { after: utf8('a'), limit: 1 })
  if (rest.length !== 1) throw failure('another rest')
  state.remove(utf8('b'))
  if (state.space() !== 'notes' || state.prefix().length !== 0 || table() !== 0) throw failure('more than was given')
  const cid = block.put(utf8('block'))
  block.ahead(cid)
  if (!same(utf8('block'), block.get(cid))) throw failure('no block')
  if (answer.refused() !== null) throw failure('a refusal')
  return state.get(utf8('a')) ?? utf8('no a')
}

/** @param {Uint8Array} input */
export function far(input) {
  passing(() => outcome(input))
  throw failure('not refused')
}

/** What is refused ends the call with the same refusal. @param {() => void} question */
function passing(question) {
  try {
    question()
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== answer.refused()) throw error
    answer.refuse()
  }
}

/** Calls the first handler that is named with the first chain, and the second one about a space with the second chain. */
export function pass(/** @type {Uint8Array} */ input) {
  if (input.length !== 72 || table() !== 2) throw failure('another table')
  const { about, expires, methods } = grant(0)
  if (about.tag !== 'code' || !same(about.val, input.subarray(0, 36)) || expires <= 0 || methods.length === 0)
    throw failure('another grant')
  const refusal = codeOf(() => grant(2))
  if (refusal === undefined) throw failure('a third chain')
  const echoed = call({
    capability: 0, protocol: input.subarray(0, 36), method: 'echo', input: utf8('hi'), lend: [1], fuel: 1_000_000,
  })
  if (textOf(echoed) !== 'hi') throw failure('no echo')
  const get = { capability: 1, protocol: input.subarray(36), method: 'get', input: Uint8Array.of(0xa1, ...utf8('ckeyAa')) }
  const got = call({ ...get, space: 'notes' })
  if (codeOf(() => call({ ...get, space: 'other' })) === undefined) throw failure('more than was lent')
  return got
}

/** @param {() => unknown} question */
function codeOf(question) {
  try {
    question()
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}

/** Makes a promise, under the condition that is given. @param {Uint8Array} input */
export function later(input) {
  promise.defer(600, input.length === 0 ? undefined : { conditions: [input] })
  return NONE
}

/** @param {Uint8Array} input */
export function keep(input) {
  passing(() => promise.keep(input, utf8('done')))
  return NONE
}

/** @param {Uint8Array} input */
export function fail(input) {
  passing(() => promise.fail(input, 'no'))
  return NONE
}
`
