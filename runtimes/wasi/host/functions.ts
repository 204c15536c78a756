/**
 * The functions of the module `promisegrid` for core modules: parameters are addresses and lengths in the memory of
 * the guest, checked before anything is asked (spec/host-functions.md, "Functions"). None of them calls the guest.
 */
import { answered, ask, refuseAsAnswered } from './ask.ts'
import { readCallRequest } from './call-request.ts'
import { readList } from './lists.ts'
import type { Guest } from '../guest.ts'
import type { Field } from './fields.ts'
import type { HostFunctionName } from './groups.ts'
import type { QuestionName } from './perform.ts'
import type { Asking } from './conversation.ts'

/** Whose run it is, while it runs: runs of one thread never overlap. */
export interface Running {
  guest: Guest | undefined
  asking: Asking | undefined
}

type HostFunction = (...values: number[]) => number | undefined
type Binding = (guest: Guest, asking: Asking, ...values: number[]) => number | undefined

/** Exactly the functions a module imports. */
export function hostFunctions(
  names: readonly HostFunctionName[],
  running: Running,
): Record<string, HostFunction> {
  return Object.fromEntries(names.map((name) => [name, bind(BINDINGS[name], running)]))
}

function bind(binding: Binding, running: Running): HostFunction {
  return (...values) => {
    const { guest, asking } = running
    if (guest === undefined || asking === undefined)
      throw new Error('a host function was called outside of a run')
    guest.enterHost()
    return binding(guest, asking, ...values)
  }
}

const BINDINGS: { readonly [Name in HostFunctionName]: Binding } = {
  state_get: (guest, asking, key, length, into, capacity) =>
    fetch(guest, asking, 'state_get', [guest.slice(key, length)], into, capacity),
  state_put: (guest, asking, key, length, value, bytes) =>
    ask(guest, asking, 'state_put', [guest.slice(key, length), guest.slice(value, bytes)]).status,
  state_delete: (guest, asking, key, length) =>
    ask(guest, asking, 'state_delete', [guest.slice(key, length)]).status,
  state_range: (guest, asking, prefix, length, after, bytes, limit, into, capacity) => {
    const fields = [guest.slice(prefix, length), guest.slice(after, bytes), limit >>> 0]
    return fetch(guest, asking, 'state_range', fields, into, capacity)
  },
  state_ahead: (guest, asking, key, length) => {
    ask(guest, asking, 'state_ahead', [guest.slice(key, length)])
    return undefined
  },
  state_space: (guest, asking, into, capacity) => fetch(guest, asking, 'state_space', [], into, capacity),
  state_prefix: (guest, asking, into, capacity) => fetch(guest, asking, 'state_prefix', [], into, capacity),

  block_get: (guest, asking, cid, length, into, capacity) =>
    fetch(guest, asking, 'block_get', [guest.slice(cid, length)], into, capacity),
  block_put: (guest, asking, at, length, codec, into, capacity) =>
    fetch(guest, asking, 'block_put', [codec >>> 0, guest.slice(at, length)], into, capacity),
  block_ahead: (guest, asking, cid, length) => {
    ask(guest, asking, 'block_ahead', [guest.slice(cid, length)])
    return undefined
  },

  call_table: (_guest, asking) => asking.call.authority?.size ?? 0,
  call_grant: (guest, asking, capability, into, capacity) =>
    fetch(guest, asking, 'call_grant', [capability >>> 0], into, capacity),
  call: (guest, asking, request, into, capacity) =>
    fetch(guest, asking, 'call', readCallRequest(guest, request), into, capacity),

  promise_defer: (guest, asking, seconds, wraps, length, conditions, count, into, capacity) => {
    const listed = readList(guest, conditions, count)
    const fields = [seconds >>> 0, guest.slice(wraps, length), listed.length, ...listed]
    return fetch(guest, asking, 'promise_defer', fields, into, capacity)
  },
  promise_keep: (guest, asking, promise, length, output, bytes) =>
    ask(guest, asking, 'promise_keep', [guest.slice(promise, length), guest.slice(output, bytes)]).status,
  promise_break: (guest, asking, promise, length, detail, bytes) =>
    ask(guest, asking, 'promise_break', [guest.slice(promise, length), guest.slice(detail, bytes)]).status,
  promise_outcome: (guest, asking, promise, length, into, capacity) =>
    fetch(guest, asking, 'promise_outcome', [guest.slice(promise, length)], into, capacity),

  log: (guest, { log }, at, length) => {
    const said = guest.slice(at, length)
    guest.chargeBytes(said.length)
    log.write(said.subarray(0, log.room))
    return undefined
  },

  answer_length: (_guest, asking) => answered(asking).bytes.length,
  answer_read: (guest, asking, from, into, capacity) => {
    const rest = answered(asking).bytes.subarray(from >>> 0)
    copy(guest, rest, into, capacity)
    return Math.min(rest.length, capacity >>> 0)
  },
  answer_refuse: (_guest, asking) => refuseAsAnswered(asking),
}

/** Asks, and copies as much of the answer as the guest has room for; the rest it may fetch. */
function fetch(
  guest: Guest,
  asking: Asking,
  name: QuestionName,
  fields: readonly Field[],
  into: number,
  capacity: number,
): number {
  // Before it is asked: a wrong address must not depend on what the answer is.
  guest.slice(into, capacity)
  const { status, bytes } = ask(guest, asking, name, fields)
  copy(guest, bytes, into, capacity)
  return status
}

function copy(guest: Guest, bytes: Uint8Array, into: number, capacity: number): void {
  const target = guest.slice(into, capacity)
  const copied = bytes.subarray(0, target.length)
  guest.chargeBytes(copied.length)
  target.set(copied)
}
