/**
 * What a handler in JavaScript needs of its host, as the folder `promisegrid` of a project: a module for each interface of
 * spec/wit/host.wit, for a component imports what its modules import, and its types beside it.
 */
const INDEX = `/** What every handler needs: see spec/component.md of PromiseGrid. The engine has no TextEncoder. */

/** The failure of a method, in words for its caller: throw it. Another exception ends the call as a fault. */
export function failure(message) {
  return { tag: 'message', val: message }
}

/** The failure of a method as a number that its protocol gives a meaning. */
export function failureCode(code) {
  return { tag: 'code', val: code }
}

/** Bytes of a text. */
export function utf8(text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (character) => character.charCodeAt(0))
}

/** The text that bytes are. */
export function textOf(bytes) {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  try {
    return decodeURIComponent(escape(text))
  } catch {
    throw failure('not a text in UTF-8')
  }
}

/** What the host refused a question with. Where nobody catches it, its code is the failure of the method. */
export class Refused {
  constructor(code) {
    this.code = code
    this.tag = 'message'
    this.val = code
  }
}

/** Puts a question to the host. */
export function asked(question) {
  try {
    return question()
  } catch (error) {
    if (typeof error?.payload !== 'string') throw error
    throw new Refused(error.payload.replaceAll('-', '_').toUpperCase())
  }
}
`

const INDEX_TYPES = `/** The failure of a method, in words for its caller: throw it. Another exception ends the call as a fault. */
export function failure(message: string): Failure
/** The failure of a method as a number that its protocol gives a meaning. */
export function failureCode(code: number): Failure
export type Failure = { readonly tag: 'message'; readonly val: string } | { readonly tag: 'code'; readonly val: number }

/** Bytes of a text. */
export function utf8(text: string): Uint8Array
/** The text that bytes are; a failure of the method for bytes that are none. */
export function textOf(bytes: Uint8Array): string

/** What the host refused a question with. Where nobody catches it, its code is the failure of the method. */
export class Refused {
  /** As in spec/errors.md; OTHER for one that is younger than this kit. */
  readonly code: string
}

/** Puts a question to the host. */
export function asked<Answer>(question: () => Answer): Answer
`

const STATE = `/** The entries of the space that the message names. Group \`state\`, and in handler.wit: import promisegrid:handler/state@1.0.0; */
import host from 'promisegrid:handler/state@1.0.0'
import { asked } from './index.js'

export const get = (key) => asked(() => host.get(key))
export const put = (key, value) => asked(() => host.put(key, value))
export const remove = (key) => asked(() => host.delete(key))
export const range = (prefix, { after = null, limit = 100 } = {}) => asked(() => host.range(prefix, after, limit))
export const ahead = (key) => host.ahead(key)
export const space = () => asked(() => host.space())
export const prefix = () => asked(() => host.prefix())
`

const STATE_TYPES = `/** Null where there is none. */
export function get(key: Uint8Array): Uint8Array | null
export function put(key: Uint8Array, value: Uint8Array): void
export function remove(key: Uint8Array): void
/** Entries by prefix, in order, behind the key \`after\`; 100 of them unless a limit is given. */
export function range(
  prefix: Uint8Array,
  options?: { readonly after?: Uint8Array; readonly limit?: number },
): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
/** Says what will be asked, so that the host reads it all at once. */
export function ahead(key: Uint8Array): void
export function space(): string
export function prefix(): Uint8Array
`

const BLOCK = `/** Blocks by CID. Group \`block\`, and in handler.wit: import promisegrid:handler/block@1.0.0; */
import host from 'promisegrid:handler/block@1.0.0'
import { asked } from './index.js'

export const RAW = 0x55
export const DAG_CBOR = 0x71

export const get = (cid) => asked(() => host.get(cid))
export const put = (bytes, codec = RAW) => asked(() => host.put(bytes, codec))
export const ahead = (cid) => host.ahead(cid)
`

const BLOCK_TYPES = `export const RAW: 0x55
export const DAG_CBOR: 0x71

/** Null where there is none. */
export function get(cid: Uint8Array): Uint8Array | null
/** Keeps a block, raw unless a codec is given; its CID. */
export function put(bytes: Uint8Array, codec?: number): Uint8Array
export function ahead(cid: Uint8Array): void
`

const CALL = `/** Other handlers, with what the message lends. Group \`call\`, and in handler.wit: import promisegrid:handler/call@1.0.0; */
import host from 'promisegrid:handler/call@1.0.0'
import { asked } from './index.js'

const NOTHING = new Uint8Array()

export const table = () => host.table()
export const grant = (capability) => asked(() => host.grantOf(capability))

export function call({ capability, protocol, method, input = NOTHING, lend = [], space, prefix = NOTHING, labels, fuel = 0 }) {
  const about =
    space !== undefined ? { tag: 'space', val: { name: space, prefix } }
    : labels !== undefined ? { tag: 'labels', val: labels }
    : { tag: 'none' }
  return asked(() => host.call({ capability, protocol, method, arguments: input, lend, about, fuel }))
}
`

const CALL_TYPES = `/** How many chains are lent. */
export function table(): number
/** What a lent chain grants. */
export function grant(capability: number): Grant
/** Asks another handler; its result. */
export function call(wanted: Call): Uint8Array

export interface Call {
  /** Index among the chains that are lent. */
  readonly capability: number
  readonly protocol: Uint8Array
  readonly method: string
  readonly input?: Uint8Array
  /** Entries of the own table that are lent on. */
  readonly lend?: readonly number[]
  /** What it is about: a space and a prefix in it, or labels; the handler itself without either. */
  readonly space?: string
  readonly prefix?: Uint8Array
  readonly labels?: string
  /** At most; all that is left without it. */
  readonly fuel?: number
}

export interface Grant {
  readonly about:
    | { readonly tag: 'node'; readonly val: string }
    | { readonly tag: 'code'; readonly val: Uint8Array }
    | { readonly tag: 'space'; readonly val: { readonly owner: string; readonly name: string; readonly prefix: Uint8Array } }
    | { readonly tag: 'labels'; readonly val: { readonly owner: string; readonly labels: string } }
  /** Seconds since 1970. */
  readonly expires: number
  readonly methods: readonly string[]
}
`

const PROMISE = `/** Answers that come later. Group \`promise\`, and in handler.wit: import promisegrid:handler/promise@1.0.0; */
import host from 'promisegrid:handler/promise@1.0.0'
import { asked } from './index.js'

export function defer(seconds, { wraps, conditions } = {}) {
  const terms =
    wraps !== undefined ? { tag: 'wraps', val: wraps }
    : conditions !== undefined ? { tag: 'conditions', val: conditions }
    : { tag: 'plain' }
  return asked(() => host.defer(seconds, terms))
}

export const keep = (promise, output) => asked(() => host.keep(promise, output))
export const fail = (promise, detail) => asked(() => host.break(promise, detail))
`

const PROMISE_TYPES = `/** Makes the promise that this call ends with, and gives its id; the method gives no bytes then. */
export function defer(
  seconds: number,
  terms?: { readonly wraps: Uint8Array } | { readonly conditions: readonly Uint8Array[] },
): Uint8Array
export function keep(promise: Uint8Array, output: Uint8Array): void
export function fail(promise: Uint8Array, detail: string): void
`

const OUTCOME = `/** How promises ended. Group \`promise.outcome\`, and in handler.wit: import promisegrid:handler/promise-outcome@1.0.0; */
import host from 'promisegrid:handler/promise-outcome@1.0.0'
import { asked } from './index.js'

export const outcome = (promise) => asked(() => host.get(promise))
`

const OUTCOME_TYPES = `/** The complete bytes of the resolution. */
export function outcome(promise: Uint8Array): Uint8Array
`

const LOG = `/** Words that explain a failure. Group \`log\`, and in handler.wit: import promisegrid:handler/log@1.0.0; */
import host from 'promisegrid:handler/log@1.0.0'

export const say = (text) => host.log(text)
`

const LOG_TYPES = `/** Kept where the call fails. */
export function say(text: string): void
`

const ANSWER = `/** The last question. No group; in handler.wit: import promisegrid:handler/answer@1.0.0; */
import host from 'promisegrid:handler/answer@1.0.0'

export const refused = () => host.refused()
export const refuse = () => host.refuse()
`

const ANSWER_TYPES = `/** The code that the last question was refused with, also one that is younger than this kit; null where it was not. */
export function refused(): string | null
/** Ends the call with that refusal. */
export function refuse(): never
`

/** By their path in the project. */
export const JS_SDK: Readonly<Record<string, string>> = {
  'promisegrid/index.js': INDEX,
  'promisegrid/index.d.ts': INDEX_TYPES,
  'promisegrid/answer.js': ANSWER,
  'promisegrid/answer.d.ts': ANSWER_TYPES,
  'promisegrid/block.js': BLOCK,
  'promisegrid/block.d.ts': BLOCK_TYPES,
  'promisegrid/call.js': CALL,
  'promisegrid/call.d.ts': CALL_TYPES,
  'promisegrid/log.js': LOG,
  'promisegrid/log.d.ts': LOG_TYPES,
  'promisegrid/outcome.js': OUTCOME,
  'promisegrid/outcome.d.ts': OUTCOME_TYPES,
  'promisegrid/promise.js': PROMISE,
  'promisegrid/promise.d.ts': PROMISE_TYPES,
  'promisegrid/state.js': STATE,
  'promisegrid/state.d.ts': STATE_TYPES,
}
