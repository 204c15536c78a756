/** Bytes → what they are. The first bytes choose the reader; nothing is tried one after the other. */
import { GRID_MESSAGE, readForeignEnvelope } from '../../../kernel/index.ts'
import { CORE_PROFILE, diagnose, hasGridTag, scanCbor } from '../../../promisebase/index.ts'
import { inspectCose, coseKind } from './cose.ts'
import { inspectForeign } from './foreign.ts'
import { inspectMessage } from './message.ts'
import { findObject, inspectObject } from './object.ts'
import { inspectRefusal } from './refusal.ts'
import type { Result } from '../../../kernel/index.ts'
import type { ForeignReading } from './foreign.ts'
import type { Item } from './item.ts'
import type { ObjectReading } from './object.ts'

export type Reading = ForeignReading & ObjectReading

const FIVE_ELEMENTS = [0x85, 0x64, 0x67, 0x72, 0x69, 0x64]

/** Refused only when the bytes are no CBOR, or not even the beginning of what they begin as. */
export function inspect(bytes: Uint8Array, reading: Reading): Result<Item> {
  if (FIVE_ELEMENTS.every((byte, index) => bytes[index] === byte)) return inspectMessage(reading.keys, bytes)
  if (hasGridTag(bytes))
    return isOurs(bytes) ? inspectMessage(reading.keys, bytes) : inspectForeign(bytes, reading)
  const scanned = scanCbor(bytes, CORE_PROFILE)
  if (scanned.refused !== undefined) return scanned
  const kind = coseKind(bytes)
  return {
    ok: kind === undefined ? (inspectRefusal(bytes) ?? plainCbor(bytes)) : signedOrBare(kind, bytes, reading),
  }
}

function isOurs(bytes: Uint8Array): boolean {
  return readForeignEnvelope(bytes).ok?.protocol.equals(GRID_MESSAGE) === true
}

function signedOrBare(cose: string, bytes: Uint8Array, reading: Reading): Item {
  const object = findObject(cose, bytes)
  return object === undefined ? inspectCose(cose, bytes, reading) : inspectObject(object, bytes, reading)
}

function plainCbor(bytes: Uint8Array): Item {
  return {
    kind: 'cbor',
    bytes,
    says: 'CBOR, and nothing that is signed here',
    verdict: {
      signature: 'broken',
      refused: { code: 'SHAPE', detail: 'neither a message nor anything signed' },
    },
    rows: [],
    facts: {},
    parts: [{ name: 'content', value: diagnose(bytes), isNamed: true }],
  }
}
