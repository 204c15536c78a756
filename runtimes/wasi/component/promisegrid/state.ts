/** `state` and `block`: the entries of the space that the message names, and blocks by CID. */
import { listType } from '../types/list.ts'
import { recordType } from '../types/record.ts'
import { optionType } from '../types/variant.ts'
import { notice, question } from './question.ts'
import { asBytes, asOptionalBytes, asText, bytes, bytesOf, u32 } from './types.ts'
import type { Answer } from '../../host/answer.ts'
import type { Value } from '../types/value.ts'
import type { Offered } from '../wasi/offer.ts'

const LENGTH_BYTES = 4
const entry = recordType(['key', 'value'], [bytes, bytes])

export const STATE: Offered = {
  functions: {
    get: question('state_get', [bytes], asOptionalBytes),
    put: question('state_put', [bytes, bytes], undefined),
    delete: question('state_delete', [bytes], undefined),
    range: question(
      'state_range',
      [bytes, optionType(bytes), u32],
      { type: listType(entry), read: readPage },
      ([prefix, after, limit]) => [prefix as Uint8Array, bytesOf(after), limit as number],
    ),
    ahead: notice('state_ahead', [bytes]),
    space: question('state_space', [], asText),
    prefix: question('state_prefix', [], asBytes),
  },
}

export const BLOCK: Offered = {
  functions: {
    get: question('block_get', [bytes], asOptionalBytes),
    put: question('block_put', [bytes, u32], asBytes, ([content, codec]) => [
      codec as number,
      content as Uint8Array,
    ]),
    ahead: notice('block_ahead', [bytes]),
  },
}

/** Both lengths as 4 bytes, little-endian, then key and value: so each entry of a page. */
function readPage({ bytes: page }: Answer): Value {
  const view = new DataView(page.buffer, page.byteOffset, page.length)
  const entries: Value[] = []
  for (let at = 0; at < page.length;) {
    const keyAt = at + 2 * LENGTH_BYTES
    const valueAt = keyAt + view.getUint32(at, true)
    const end = valueAt + view.getUint32(at + LENGTH_BYTES, true)
    entries.push([page.subarray(keyAt, valueAt), page.subarray(valueAt, end)])
    at = end
  }
  return entries
}
