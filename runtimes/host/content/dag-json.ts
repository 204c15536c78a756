/**
 * DAG-JSON, as far as people type it: JSON in which `{"/": "CID"}` is a link and `{"/": {"bytes": "…"}}` are bytes,
 * in base64 without padding. What it stands for is written as deterministic CBOR.
 */
import { parseCid } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import type { CborInput } from '../../../promisebase/index.ts'

const BASE64 = /^[A-Za-z0-9+/]*$/

/** @throws {HostError} USAGE */
export function readDagJson(text: string): CborInput {
  return valueOf(parsed(text))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : 'it is no JSON')
  }
}

function valueOf(value: unknown): CborInput {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return numberOf(value)
  if (Array.isArray(value)) return value.map(valueOf)
  const entries = Object.entries(value as object)
  if (entries.some(([name]) => name === '/')) return reserved(entries)
  return new Map(entries.map(([name, each]) => [name, valueOf(each)]))
}

/** JSON has one kind of number: a whole one is an integer, and must be one that is exact. */
function numberOf(value: number): number {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw wrong(`${value} is not exact`)
  return value
}

/** A map of the one key `/` stands for something that JSON has not. */
function reserved(entries: readonly (readonly [string, unknown])[]): CborInput {
  const [value] = entries.map(([, each]) => each)
  if (entries.length !== 1) throw wrong('a map with the key / has no other')
  if (typeof value === 'string') {
    const cid = parseCid(value)
    if (cid.refused !== undefined) throw wrong(`${value}: ${cid.refused.detail}`)
    return cid.ok
  }
  const encoded =
    typeof value === 'object' && value !== null && Object.keys(value).length === 1 && 'bytes' in value
      ? value.bytes
      : undefined
  if (typeof encoded !== 'string' || !BASE64.test(encoded))
    throw wrong('bytes are {"/": {"bytes": "base64 without padding"}}')
  return Uint8Array.from(Buffer.from(encoded, 'base64'))
}

function wrong(what: string): HostError {
  return new HostError('USAGE', `this is no DAG-JSON: ${what}`, {
    fix: `write one value of JSON, in a shell with single quotes around it: '{"name": "bob", "at": [1, 2.5]}'`,
  })
}
