/** Questions about the entries of the space that the message names. */
import { done, found, given } from '../answer.ts'
import { HOST_LIMITS } from '../limits.ts'
import { forbidden, stateOf } from '../powers.ts'
import type { Resource } from '../../../../kernel/index.ts'
import type { HostPowers } from '../powers.ts'
import type { Questions } from '../question.ts'

const KEY = 'key '
const LENGTHS_BYTES = 8
const utf8 = new TextEncoder()

export const STATE_QUESTIONS = {
  state_get: (powers, fields) => {
    const key = fields.bytes()
    const state = stateOf(powers)
    const read = powers.ahead.take(KEY, key)
    return read === undefined ? state.get(key).then(found) : found(read.value)
  },
  state_ahead: (powers, fields) => {
    const state = stateOf(powers)
    powers.ahead.add(KEY, fields.bytes(), (key) => state.get(key))
    return done
  },
  state_put: (powers, fields) => {
    const [key, value] = [fields.bytes(), fields.bytes()]
    powers.ahead.forget(KEY, key)
    stateOf(powers).put(key, value)
    return done
  },
  state_delete: (powers, fields) => {
    const key = fields.bytes()
    powers.ahead.forget(KEY, key)
    stateOf(powers).delete(key)
    return done
  },
  state_range: async (powers, fields) => {
    const [prefix, after, wanted] = [fields.bytes(), fields.bytes(), fields.number()]
    const limit = Math.min(wanted, HOST_LIMITS.rangeEntries)
    const range = { prefix, limit, ...(after.length === 0 ? {} : { after }) }
    const entries: Uint8Array[] = []
    let bytes = 0
    for await (const { key, value } of stateOf(powers).range(range)) {
      entries.push(entryOf(key, value))
      bytes += LENGTHS_BYTES + key.length + value.length
      if (bytes >= HOST_LIMITS.rangeBytes) break
    }
    return given(joined(entries, bytes))
  },
  state_space: (powers) => given(utf8.encode(spaceOf(powers).space)),
  state_prefix: (powers) => given(spaceOf(powers).prefix),
} satisfies Questions

/** @throws {ForbiddenError} */
function spaceOf(powers: HostPowers): Extract<Resource, { readonly kind: 'space' }> {
  const { resource } = stateOf(powers)
  return resource.kind === 'space' ? resource : forbidden('the message names no space as its resource')
}

/** Both lengths as 4 bytes, little-endian, then key and value. */
function entryOf(key: Uint8Array, value: Uint8Array): Uint8Array {
  const entry = new Uint8Array(LENGTHS_BYTES + key.length + value.length)
  const lengths = new DataView(entry.buffer)
  lengths.setUint32(0, key.length, true)
  lengths.setUint32(4, value.length, true)
  entry.set(key, LENGTHS_BYTES)
  entry.set(value, LENGTHS_BYTES + key.length)
  return entry
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
