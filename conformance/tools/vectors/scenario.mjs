// A scenario: a node in a known state, and what it answers to one message after the other.
import { hex, node, NOW, rawCid, utf8 } from './kit.mjs'
import { adoption, blocks, genesis, nativeFuel, nativeKey } from './world.mjs'

/** Adds a scenario; `more` changes the state of the node. */
export function play(made, kind, comment, steps, { moreBlocks = [], tokens = [adoption], ...more } = {}) {
  made.add(kind, {
    comment,
    op: 'dispatch',
    genesis: hex(genesis),
    node: { algorithm: node.algorithm, secret: hex(node.secret) },
    runtimes: ['native'],
    blocks: [...blocks, ...moreBlocks],
    tokens: tokens.map(({ bytes }) => hex(bytes)),
    ...more,
    steps: steps.map(({ message, ...step }) => ({
      now: NOW,
      message: hex(message.bytes ?? message),
      ...step,
    })),
  })
}

/** A step that ends as expected; `message` may be bytes. */
export const step = (says, message, expected, more = {}) => ({ says, message, expected, ...more })

/** The reply to a pure call of a native handler. */
export function echoed(handler, input, { method = 'echo', argument = input, context, inline = true } = {}) {
  const cid = rawCid(input).toString()
  return {
    ...{ signed: true, status: 'kept', result: inline ? { cid, bytes: hex(input) } : { cid } },
    fuel: nativeFuel(input.length, input.length),
    cacheKey: nativeKey(handler.protocol, method, argument, context).toString(),
  }
}

/** The reply to a call with an effect. */
export function kept(output) {
  return { signed: true, status: 'kept', result: { cid: rawCid(output).toString(), bytes: hex(output) } }
}

/** Refused, and told by whom: the sender's chain is proved. */
export const told = (code) => ({ signed: true, status: STATUS[code] ?? 'refused', code })
const STATUS = { EXPIRED: 'expired', REVOKED: 'broken', REPLAY: 'already-seen' }

/** Refused with a hint. */
export const hinted = (code) => ({ signed: false, code })

export const decided = (code, rule, link) => ({
  decision: { code, ...(link === undefined ? {} : { link }), rule },
})

export const hello = utf8('hello')
