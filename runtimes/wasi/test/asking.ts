/** Guests that ask their host, and calls that have something to answer from: a real store, in memory. */
import { createMemoryBackend, createStore, nobleCrypto } from '../../../promisebase/index.ts'
import { ForbiddenError } from '../../../kernel/index.ts'
import { createWasiRuntime } from '../index.ts'
import { callOf, fixture, RunEnd } from './fixtures.ts'
import type { HandlerState, RunResult, Runtime, RuntimeCall } from '../../../kernel/index.ts'
import type { Store, Transaction } from '../../../promisebase/index.ts'
import type { CallChanges, Fixture } from './fixtures.ts'

export const SPACE = 'notes'
const GROUPS = ['block', 'call', 'log', 'promise', 'promise.outcome', 'state']

const FUNCTIONS = `
  (import "promisegrid" "state_get" (func $state_get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_put" (func $state_put (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_delete" (func $state_delete (param i32 i32) (result i32)))
  (import "promisegrid" "state_range" (func $state_range (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "state_ahead" (func $state_ahead (param i32 i32)))
  (import "promisegrid" "state_space" (func $state_space (param i32 i32) (result i32)))
  (import "promisegrid" "state_prefix" (func $state_prefix (param i32 i32) (result i32)))
  (import "promisegrid" "block_get" (func $block_get (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "block_put" (func $block_put (param i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "block_ahead" (func $block_ahead (param i32 i32)))
  (import "promisegrid" "call_table" (func $call_table (result i32)))
  (import "promisegrid" "call_grant" (func $call_grant (param i32 i32 i32) (result i32)))
  (import "promisegrid" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_defer" (func $promise_defer (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_keep" (func $promise_keep (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_break" (func $promise_break (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "promise_outcome" (func $promise_outcome (param i32 i32 i32 i32) (result i32)))
  (import "promisegrid" "log" (func $log (param i32 i32)))
  (import "promisegrid" "answer_length" (func $answer_length (result i32)))
  (import "promisegrid" "answer_read" (func $answer_read (param i32 i32 i32) (result i32)))
  (import "promisegrid" "answer_refuse" (func $answer_refuse))`

/**
 * A reactor that asks; it imports what it calls. `$ptr` and `$len` are the arguments, `$n` is a local; memory is two pages, the
 * arguments lie from 4096 on, and `$result` makes what `handle` returns of a place and a length.
 */
function asker(body: string, more = ''): string {
  const used = FUNCTIONS.split('\n').filter((line) => `${body} ${more}`.includes(`call ${nameIn(line)}`))
  return `(module ${used.join(' ')} (memory (export "memory") 2 16)
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func $result (param $at i32) (param $bytes i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $bytes))))
    (func $number (param $n i32) (result i64)
      (i32.store (i32.const 0) (local.get $n)) (call $result (i32.const 0) (i32.const 4)))
    ${more}
    (func (export "handle") (param $ptr i32) (param $len i32) (result i64) (local $n i32) ${body}))`
}

/** The name in a line of imports, dollar sign included. */
function nameIn(line: string): string {
  return /\(func (\$[a-z_]+)/.exec(line)?.[1] ?? 'nothing'
}

export function asking(body: string, more = '', changes: Parameters<typeof fixture>[1] = {}): Fixture {
  return fixture(asker(body, more), { pure: false, imports: GROUPS, ...changes })
}

/** What a message lends that names everything in one space; `asked` tells what came as far as the store. */
function stateIn(transaction: Transaction, asked: string[] = []): HandlerState {
  const note = (what: string): void => void asked.push(what)
  return {
    resource: { kind: 'space', owner: 'did:key:node', space: SPACE, prefix: new Uint8Array(0) },
    getBlock: async (cid) => {
      note('block_get')
      return transaction.getBlock(cid)
    },
    putBlock: (bytes, codec) => {
      note('block_put')
      return transaction.putBlock(bytes, codec)
    },
    get: async (key) => {
      note('get')
      if (key[0] === 0x21) throw new ForbiddenError('keys with an exclamation mark are not for you')
      return transaction.get(SPACE, key)
    },
    put: (key, value) => {
      note('put')
      transaction.put(SPACE, key, value)
    },
    delete: (key) => {
      note('delete')
      transaction.delete(SPACE, key)
    },
    range: ({ prefix, limit }) => {
      note('range')
      return transaction.range(SPACE, { prefix, limit })
    },
  }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

export function memoryStore(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
}

export interface AskingRun {
  readonly ended: RunResult
  /** What came as far as the store, in order. */
  readonly asked: readonly string[]
  readonly store: Store
}

export const runtime = createWasiRuntime()

/** Runs a call in a transaction that is kept when it ends well. */
export async function runAsking(
  { code, descriptor }: Fixture,
  changes: CallChanges & { readonly lends?: Partial<RuntimeCall>; readonly store?: Store } = {},
  on: Runtime = runtime,
): Promise<AskingRun> {
  const store = changes.store ?? (await memoryStore())
  const asked: string[] = []
  let ended: RunResult | undefined
  const work = async (transaction: Transaction): Promise<void> => {
    const call = {
      ...callOf(code, descriptor, changes),
      state: stateIn(transaction, asked),
      ...changes.lends,
    }
    ended = await on.run(call, new RunEnd())
    if (ended.refused !== undefined) throw new Discard()
  }
  await store.transact(work).catch((error: unknown) => {
    if (!(error instanceof Discard)) throw error
  })
  if (ended === undefined) throw new Error('it did not run')
  return { ended, asked, store }
}

class Discard extends Error {}
