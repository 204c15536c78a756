// Messages inside messages: read to the innermost, or not at all.
import {
  alice,
  bob,
  bytesOf,
  chapter,
  concat,
  fresh,
  hex,
  mallory,
  message,
  node,
  NOW,
  unhex,
} from './kit.mjs'
import { begin, echo, grid, otherGrid } from './world.mjs'

const DEPTH = 8

export function nestedChapter() {
  begin('nested')
  const { accept, refuse, ...made } = chapter('nested', 'spec/message.md#nested-messages')
  const one = ({ by = alice, cid = grid, isTagged = false, inner, cose, ...claims } = {}) => {
    const said = { iss: by.principal, aud: node.principal, exp: NOW + 600, iat: NOW, cti: fresh('nested') }
    const carried = inner === undefined ? {} : { arguments: inner.bytes }
    const made = message({
      ...{ by, protocol: echo.protocol, grid: cid, isTagged, cose },
      claims: { ...said, method: 'echo', ...carried, ...claims },
    })
    const own = { id: made.id.toString(), form: isTagged ? 'tagged' : 'array', issuer: by.principal }
    return { ...made, layers: [own, ...(inner?.layers ?? [])] }
  }
  const deep = (levels, parts = {}) =>
    Array.from({ length: levels - 1 }).reduce((inner) => one({ inner, ...parts }), one({ by: bob, ...parts }))
  const takes = (comment, { bytes, layers }) =>
    accept('nested', comment, { grid: grid.toString(), input: hex(bytes) }, { messages: layers })
  const refuses = (code, comment, bytes) =>
    refuse('nested', comment, { grid: grid.toString(), input: hex(bytes) }, code)
  const carrying = (bytes) => one({ inner: { bytes } }).bytes

  takes('a message that carries none', one())
  takes("alice's message carries bob's", one({ inner: one({ by: bob }) }))
  takes('one form in the other', one({ inner: one({ by: bob, isTagged: true, inner: one() }) }))
  takes('eight of them', deep(DEPTH))
  takes('eight in the tagged form', deep(DEPTH, { isTagged: true }))
  takes('one that expired long ago, for somebody else', one({ inner: one({ exp: 1, aud: 'nobody' }) }))
  takes('arguments that stop before they are a message', one({ arguments: unhex('8564677269') }))
  takes('arguments of another protocol', one({ arguments: unhex('da6772696481') }))

  refuses('LIMIT', 'nine of them', deep(DEPTH + 1).bytes)
  refuses('LIMIT', 'nine in the tagged form', deep(DEPTH + 1, { isTagged: true }).bytes)
  refuses('LIMIT', 'nine, the innermost with a wrong signature', deepBroken(deep, one))
  refuses('GRID', 'of another grid', one({ cid: otherGrid }).bytes)
  refuses('GRID', 'the one inside is of another grid', one({ inner: one({ cid: otherGrid }) }).bytes)
  refuses('SIG', 'the one inside has a changed signature', carrying(changed(one().bytes)))
  refuses('SIG', 'the one outside has a changed signature', changed(carrying(one().bytes)))
  refuses('KEY', "the one inside is mallory's, in the name of alice", one({ inner: forged(one) }).bytes)
  refuses(
    'DECODE',
    'garbage behind the head of a message',
    carrying(concat(unhex('856467726964'), bytesOf(9, 0xff))),
  )
  refuses('DECODE', 'the one inside without its last byte', carrying(one().bytes.slice(0, -1)))
  refuses('DECODE', 'the one inside and a byte', carrying(concat(one().bytes, [0])))
  refuses('SHAPE', 'the one inside is its signed payload and tagged', carrying(taggedPayload(one)))
  refuses('SHAPE', 'no message', unhex('80'))
  return made
}

function changed(bytes) {
  return bytes.with(bytes.length - 1, bytes.at(-1) ^ 1)
}

function forged(one) {
  return one({ by: mallory, iss: alice.principal })
}

function deepBroken(deep, one) {
  const inner = { bytes: changed(deep(1).bytes), layers: [] }
  return Array.from({ length: 8 }).reduce((within) => one({ inner: within }), inner).bytes
}

function taggedPayload(one) {
  return one({ isTagged: true }).payload
}
