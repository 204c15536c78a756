/** What a handler asks of its host, in each language whose compiler is here: the same questions, the same answers. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { findRust, findRustLinker } from '../author/rust-toolchain.ts'
import { findClang, findLinker } from '../author/toolchain.ts'
import { createHost } from '../create-host.ts'
import { grid, temporaryFolder } from './grid.ts'
import type { LanguageName } from '../author/language-names.ts'

const folder = temporaryFolder()

const C = `#include "promisegrid.h"
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
`

const RUST = `#[macro_use]
mod promisegrid;
use promisegrid::{block, calls, promise, say, state, Answer};

methods!(go, far);

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
`

const clang = await findClang()
const rust = await findRust()
const languages: readonly [LanguageName, string, string, boolean][] = [
  ['c', 'handler.c', C, clang.found !== undefined && (await findLinker(clang)).found !== undefined],
  ['rust', 'handler.rs', RUST, rust.found !== undefined && (await findRustLinker(rust)).found !== undefined],
]

const IMPORTS = ['block', 'call', 'log', 'promise.outcome', 'state']

describe('a handler with state', () => {
  for (const [language, file, source, isHere] of languages)
    test(`in ${language} asks its host by the kit of its language`, async (t) => {
      if (!isHere) return t.skip(`no compiler for ${language} here`)
      const name = `asks-${language}`
      assert.equal((await grid(['handler', 'init', name, '--lang', language], { cwd: folder })).exit, 0)
      writeFileSync(join(folder, name, file), source)
      const description = { name, language, methods: ['go', 'far'], pure: false, imports: IMPORTS }
      writeFileSync(join(folder, name, 'handler.json'), JSON.stringify(description))
      const built = await grid(['handler', 'build', name], { cwd: folder })
      assert.equal(built.exit, 0, `${built.stdout}${built.stderr}`)
      await using host = await createHost()
      const protocol = await host.deploy(readFileSync(join(folder, name, `${name}.wasm`)), {
        ...{ entry: 'reactor', methods: ['go', 'far'], pure: false, imports: IMPORTS },
      })
      const resource = { kind: 'space', owner: host.node, space: 'notes', prefix: new Uint8Array() } as const
      const ask = (method: string) =>
        host.call({ protocol, method, resource, input: new TextEncoder().encode('one') })
      const went = await ask('go')
      assert.ok(went.status === 'kept', JSON.stringify(went))
      assert.equal(new TextDecoder().decode(went.bytes), 'one')
      const refused = await ask('far')
      assert.ok(refused.status !== 'kept')
      assert.equal(refused.code, 'CID')
    })
})
