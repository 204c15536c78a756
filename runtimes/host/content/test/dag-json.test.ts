/** DAG-JSON as people type it: what it stands for, and what it is refused for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, encodeDagCbor, hashBlock } from '../../../../promisebase/index.ts'
import { readDagJson } from '../dag-json.ts'
import { HostError, nodeCrypto } from '../../index.ts'
import type { CborInput } from '../../../../promisebase/index.ts'

const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, Uint8Array.of(1))
const cbor = (text: string): Uint8Array => encodeDagCbor(readDagJson(text))

describe('DAG-JSON', () => {
  test('stands for the dag-cbor of the same value', () => {
    const values: readonly [string, CborInput][] = [
      ['null', null],
      ['[true, -1, 9007199254740991, 0.5, "a/b"]', [true, -1, Number.MAX_SAFE_INTEGER, 0.5, 'a/b']],
      [`{"to": {"/": "${cid.toString()}"}}`, { to: cid }],
      ['{"/": {"bytes": "AQI"}}', Uint8Array.of(1, 2)],
      ['{"/": {"bytes": ""}}', new Uint8Array(0)],
      [
        '{"b": [], "a": {}}',
        new Map<string, CborInput>([
          ['a', new Map()],
          ['b', []],
        ]),
      ],
      ['{"__proto__": 1}', new Map([['__proto__', 1]])],
    ]
    for (const [text, value] of values) assert.deepEqual(cbor(text), encodeDagCbor(value), text)
  })

  test('is refused for what is none, and for what has two meanings', () => {
    const wrong: readonly [string, RegExp][] = [
      ['', /JSON/],
      ['{"a": 1', /JSON/],
      ['9007199254740992', /not exact/],
      ['{"/": "bafy"}', /bafy/],
      [`{"/": "${cid.toString()}", "a": 1}`, /no other/],
      ['{"/": 1}', /bytes are/],
      ['{"/": {"bytes": "AQI="}}', /without padding/],
      ['{"/": {"bytes": "AQI", "a": 1}}', /bytes are/],
      ['[{"a": {"/": null}}]', /bytes are/],
    ]
    for (const [text, says] of wrong)
      assert.throws(
        () => readDagJson(text),
        (error) => error instanceof HostError && error.code === 'USAGE' && says.test(error.message),
        text,
      )
  })
})
