/** Values as people are shown them: what is shown is DAG-JSON, and stands for the value again. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  CborFloat,
  decodeCbor,
  DAG_CBOR_PROFILE,
  encodeDagCbor,
  parseCid,
} from '../../../../promisebase/index.ts'
import { readDagJson } from '../dag-json.ts'
import { showDagJson } from '../show-dag-json.ts'
import type { CborInput } from '../../../../promisebase/index.ts'

const CID_TEXT = 'bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu'

function shown(value: CborInput): string {
  const { ok } = decodeCbor(encodeDagCbor(value), DAG_CBOR_PROFILE)
  assert.ok(ok !== undefined)
  return showDagJson(ok)
}

describe('a value that is shown', () => {
  for (const [value, text] of [
    [null, 'null'],
    [[true, -1, 'a"b'], '[true, -1, "a\\"b"]'],
    [{ a: [], b: {} }, '{"a": [], "b": {}}'],
    [Uint8Array.of(255, 0), '{"/": {"bytes": "/wA"}}'],
    [0.5, '0.5'],
  ] as const)
    test(`${text} can be read again`, () => {
      assert.equal(shown(value as CborInput), text)
      assert.deepEqual(encodeDagCbor(readDagJson(text)), encodeDagCbor(value as CborInput))
    })

  test('has its links', () => {
    const { ok: cid } = parseCid(CID_TEXT)
    assert.ok(cid !== undefined)
    assert.equal(shown([cid]), `[{"/": "${CID_TEXT}"}]`)
  })

  test('tells floats from integers, and keeps integers exact', () => {
    assert.equal(shown([3, new CborFloat(3)]), '[3, 3.0]')
    assert.equal(shown([new CborFloat(-0), new CborFloat(1e300)]), '[-0.0, 1e+300]')
    assert.equal(shown(2n ** 63n), '9223372036854775808')
  })
})
