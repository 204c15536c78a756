/** Messages inside messages: read and verified, bounded, and without any authority. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  CODEC,
  decodeCbor,
  DAG_CBOR_PROFILE,
  encodeCbor,
  GRID_TAG,
  hashBlock,
} from '../../../promisebase/index.ts'
import { GRID_MESSAGE, LIMITS, readNested } from '../../index.ts'
import { countingCrypto } from '../counting-crypto.ts'
import { foundGrid } from '../fixture.ts'
import { forge } from '../forge.ts'
import type { CborMap } from '../../../promisebase/index.ts'
import type { MessageForm, NestedContext, NestedMessage, RefusalCode, Result, Signer } from '../../index.ts'
import type { Request } from '../fixture.ts'

const grid = await foundGrid()
const { alice, bob, mallory } = grid
const other = await foundGrid({ roots: [bob] })
const context: NestedContext = grid

const wrap = (inner: Uint8Array, as: Signer = alice, more: Request = {}): Uint8Array =>
  grid.compose({ as, chain: [], arguments: { bytes: inner }, ...more }).bytes
const nested = (depth: number, form: MessageForm = 'array'): Uint8Array => {
  let bytes = grid.compose({ as: bob, chain: [], form }).bytes
  for (let level = 1; level < depth; level += 1) bytes = wrap(bytes, level % 2 === 0 ? bob : alice, { form })
  return bytes
}
const flipped = (bytes: Uint8Array): Uint8Array => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1)
const issuers = ({ ok, refused }: Result<readonly NestedMessage[]>): readonly string[] =>
  ok?.map(({ claims }) => claims.issuer) ?? assert.fail(refused?.detail)

describe('nested messages are read', () => {
  test('from the outermost to the innermost, each with who signed it', () => {
    const inner = grid.compose({ as: bob, chain: [] })
    const read = readNested(context, wrap(inner.bytes))
    assert.deepEqual(issuers(read), [alice.principal, bob.principal])
    assert.ok(read.ok?.[1]?.id.equals(inner.id))
    assert.deepEqual(read.ok?.[1]?.bytes, inner.bytes)
  })

  test('in both forms, one in the other', () => {
    const inner = grid.compose({ as: bob, chain: [], form: 'tagged' }).bytes
    assert.deepEqual(
      readNested(context, wrap(wrap(inner), bob)).ok?.map(({ form }) => form),
      ['array', 'array', 'tagged'],
    )
  })

  test('whatever their time and their audience are: nothing is claimed by them', () => {
    const inner = grid.compose({ as: bob, chain: [], expires: 1, audience: alice.principal }).bytes
    assert.deepEqual(issuers(readNested(context, wrap(inner))), [alice.principal, bob.principal])
  })

  test('a reply too', async () => {
    const reply = await grid.kernel.dispatch(grid.compose().bytes)
    assert.deepEqual(issuers(readNested(context, wrap(reply))), [alice.principal, grid.node.principal])
  })

  test('as deep as the limit', () => {
    assert.equal(issuers(readNested(context, nested(LIMITS.nestingDepth))).length, LIMITS.nestingDepth)
  })

  test('not at all where arguments only happen to be bytes', () => {
    for (const bytes of [[], [0x85], [0x85, 0x64, 0x67, 0x72, 0x69], [0xda, 0x67, 0x72, 0x69, 0x64, 0x81]])
      assert.equal(readNested(context, wrap(Uint8Array.from(bytes))).ok?.length, 1)
  })

  test('not behind a CID: nothing is fetched', () => {
    const inner = nested(2)
    const cid = hashBlock(grid.crypto.sha256, CODEC.dagCbor, inner)
    assert.equal(readNested(context, grid.compose({ chain: [], arguments: { cid } }).bytes).ok?.length, 1)
  })
})

describe('nested messages are refused', () => {
  const refuses = (bytes: Uint8Array, code: RefusalCode, more: Partial<NestedContext> = {}): void => {
    const { refused } = readNested({ ...context, ...more }, bytes)
    assert.equal(refused?.code, code, refused?.detail)
  }

  test('one deeper than the limit, before any signature', () => {
    const { crypto, counts } = countingCrypto(grid.crypto)
    for (const form of ['array', 'tagged'] as const)
      refuses(nested(LIMITS.nestingDepth + 1, form), 'LIMIT', { crypto })
    assert.equal(counts.verify, 0)
  })

  test('deeper than a lower limit of this node, or longer', () => {
    refuses(nested(3), 'LIMIT', { limits: { nestingDepth: 2 } })
    refuses(nested(1), 'LIMIT', { limits: { nestingDepth: 0 } })
    refuses(nested(2), 'LIMIT', { limits: { messageBytes: 300 } })
  })

  test('deeper than the limit also where the caller would bear more: nothing raises it', () => {
    for (const nestingDepth of [LIMITS.nestingDepth + 1, Infinity, NaN])
      refuses(nested(LIMITS.nestingDepth + 1), 'LIMIT', { limits: { nestingDepth } })
  })

  test('of another grid, inside or outside', () => {
    const foreign = other.compose({ as: bob, chain: [] }).bytes
    refuses(foreign, 'GRID')
    refuses(wrap(foreign), 'GRID')
    refuses(wrap(wrap(foreign), bob), 'GRID')
  })

  test('whose signature is broken, inside or outside', () => {
    const inner = grid.compose({ as: bob, chain: [] }).bytes
    refuses(wrap(flipped(inner)), 'SIG')
    refuses(flipped(wrap(inner)), 'SIG')
    refuses(wrap(wrap(flipped(inner)), bob), 'SIG')
  })

  test('that somebody signed in the name of another', () => {
    const forged = forge(grid, { as: mallory }).bytes
    refuses(forged, 'KEY')
    refuses(wrap(forged), 'KEY')
  })

  test('that are garbage behind the head of a message', () => {
    for (const head of [[0x85, 0x64, 0x67, 0x72, 0x69, 0x64], [...encodeCbor('x')]])
      refuses(Uint8Array.from([...head, 0xff, 0xff]), 'DECODE')
    refuses(wrap(Uint8Array.from([0x85, 0x64, 0x67, 0x72, 0x69, 0x64, 0xff])), 'DECODE')
    refuses(wrap(nested(1).slice(0, -1)), 'DECODE')
    refuses(wrap(Uint8Array.from([...nested(1), 0])), 'DECODE')
    const short = forge(grid, { tag: GRID_TAG, marker: GRID_MESSAGE, elements: (five) => five.slice(0, 4) })
    refuses(wrap(short.bytes), 'SHAPE')
    refuses(new Uint8Array(0), 'DECODE')
  })

  test('that are of another protocol', () => {
    refuses(forge(grid, { tag: GRID_TAG, marker: grid.grid }).bytes, 'FOREIGN')
  })
})

describe('the witness', () => {
  const protocol = grid.protocol('witness')
  const ask = (method: string, inner: Uint8Array) =>
    grid.send({
      protocol,
      method,
      arguments: { bytes: inner },
      chain: [grid.grant({ resource: { kind: 'code', protocol } })],
    })
  const resultOf = async (method: string, inner: Uint8Array): Promise<Uint8Array> => {
    const answer = await ask(method, inner)
    assert.ok(answer.signed && answer.outcome.status === 'kept', answer.code)
    return answer.outcome.result.bytes ?? assert.fail('no result')
  }

  test("says that alice's message carries bob's, and who signed which", async () => {
    const inner = grid.compose({ as: bob, chain: [], method: 'sell' })
    const list = decodeCbor(await resultOf('read', wrap(inner.bytes)), DAG_CBOR_PROFILE).ok as CborMap[]
    assert.deepEqual(
      list.map((each) => each.get('issuer')),
      [alice.principal, bob.principal],
    )
    assert.equal(list[1]?.get('method'), 'sell')
    assert.equal(String(list[1].get('id')), inner.id.toString())
  })

  test('hands a message on in the bytes it was signed in, and another node verifies them again', async () => {
    const inner = grid.compose({ as: bob, chain: [] }).bytes
    assert.deepEqual(issuers(readNested(context, await resultOf('pass', inner))), [bob.principal])
  })

  const refused: readonly (readonly [string, () => Uint8Array, RefusalCode])[] = [
    ['a depth bomb', () => nested(LIMITS.nestingDepth + 2), 'LIMIT'],
    ['a message of another grid', () => other.compose({ as: bob, chain: [] }).bytes, 'GRID'],
    ['garbage', () => Uint8Array.of(1, 2, 3), 'DECODE'],
    ['a broken signature', () => flipped(nested(1)), 'SIG'],
  ]
  for (const [name, bytes, code] of refused)
    test(`refuses ${name} and tells its sender ${code}`, async () => {
      for (const method of ['read', 'pass']) {
        const answer = await ask(method, bytes())
        assert.ok(answer.signed && answer.outcome.status === 'refused')
        assert.equal(answer.code, 'HANDLER')
        assert.match(answer.outcome.detail ?? '', new RegExp(`; ${code}: `))
      }
    })

  test('does nothing that the message inside asks for, though its sender may', async () => {
    const put = { method: 'block.put', arguments: { bytes: encodeCbor({ bytes: Uint8Array.of(9) }) } }
    const store = grid.protocol('store')
    const granted = grid.grant({ resource: { kind: 'code', protocol: store } })
    const inner = grid.compose({ protocol: store, chain: [granted], ...put })
    await resultOf('read', inner.bytes)
    const snapshot = grid.store.snapshot()
    const block = await snapshot.getBlock(hashBlock(grid.crypto.sha256, CODEC.raw, Uint8Array.of(9)))
    snapshot.close()
    assert.equal(block, undefined)
    assert.equal((await grid.send(inner)).code, 'kept', 'it was not used up either')
  })
})
