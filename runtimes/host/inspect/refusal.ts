/** The hint of a node that signs nothing: `["grid-refused", SHA-256 of the received bytes, code]`. */
import { REFUSALS } from '../../../kernel/index.ts'
import { decodeCbor, ENVELOPE_PROFILE } from '../../../promisebase/index.ts'
import { elementsAt, notation } from './parts.ts'
import type { Item } from './item.ts'

const NAMES = ['marker', 'received', 'code']

export function inspectRefusal(bytes: Uint8Array): Item | undefined {
  const { ok } = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (!Array.isArray(ok) || ok.length !== 3 || ok[0] !== 'grid-refused') return undefined
  const [, digest, code] = ok
  if (!(digest instanceof Uint8Array) || typeof code !== 'string') return undefined
  const received = Buffer.from(digest).toString('hex')
  return {
    kind: 'refusal',
    bytes,
    says: 'an unsigned refusal: a hint that anybody could have made, and that settles nothing',
    verdict: { signature: 'open', because: 'nobody signed it' },
    rows: [
      ['code', `${code}${meaning(code)}`],
      ['about', `bytes with SHA-256 ${received}`],
    ],
    facts: { code, received },
    parts: elementsAt(bytes, 0).map((element, index) => ({
      name: NAMES[index] ?? '',
      value: notation(element),
      isNamed: true,
    })),
  }
}

function meaning(code: string): string {
  if (code === 'DENIED') return ': it is not said why'
  return Object.hasOwn(REFUSALS, code) ? `: ${REFUSALS[code as keyof typeof REFUSALS].says}` : ''
}
