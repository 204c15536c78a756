/** Capability tokens: any bytes are read or refused, and no change of a token keeps its signature. */
import { readToken, REFUSALS, verifyToken } from 'promisegrid/kernel'
import { CborTagged, decodeCbor, encodeCbor, ENVELOPE_PROFILE, isTagged } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { mutate } from './mutate.ts'
import { crypto, drawFrom, keys, NOW, openNode, people } from './node.ts'
import { Random } from './random.ts'
import { reshape } from './reshape.ts'
import { Counts, Finding, unharmed } from './target.ts'
import type { Target } from './target.ts'

export async function openToken(): Promise<Target> {
  drawFrom(new Random(0, 0))
  const node = await openNode()
  const owner = people.node.principal
  const originals = [
    node.grant(),
    node.grant({ holder: 'bearer', methods: ['a', 'b'], notBefore: NOW, audience: owner }),
    node.grant({ holder: people.carol.principal, caveats: { budget: { fuel: 1, wallMs: 5 } } }),
    node.grant({ resource: { kind: 'space', owner, space: 'notes', prefix: Uint8Array.of(1, 2) } }),
    node.grant({ resource: { kind: 'label', owner, prefix: 'a' }, methods: ['move'] }, people.carol),
    node.adoption,
  ].map(({ bytes }) => bytes)
  const counts = new Counts()
  const step = (random: Random): void => {
    const original = random.pick(originals)
    const bytes = strange(random, original)
    if (Buffer.compare(bytes, original) !== 0) counts.add(verdictOn(bytes))
  }
  return { step, counts, close: () => node.kernel.close() }
}

function strange(random: Random, original: Uint8Array): Uint8Array {
  if (random.once(10)) return cborBytes(random, 40)
  if (random.once(3)) return mutate(random, original)
  return withOtherClaims(random, original)
}

/** The claims changed and everything around them left as it was. */
function withOtherClaims(random: Random, original: Uint8Array): Uint8Array {
  const token = decodeCbor(original, ENVELOPE_PROFILE).ok
  const parts = isTagged(token, 18) ? token.value : undefined
  if (!Array.isArray(parts)) throw new Error('an honest token is no COSE_Sign1')
  const claims = decodeCbor(parts[2] as Uint8Array, ENVELOPE_PROFILE).ok
  if (claims === undefined) throw new Error('an honest token has no claims')
  return encodeCbor(
    new CborTagged(18, [parts[0], parts[1], reshape(random, claims), parts[3]] as typeof parts),
  )
}

function verdictOn(bytes: Uint8Array): string {
  const read = unharmed('readToken', bytes, () => readToken(crypto, keys, bytes))
  if (read.refused !== undefined) return checked(read.refused.code, bytes)
  const verified = unharmed('verifyToken', bytes, () => verifyToken(crypto, keys, read.ok))
  if (verified.refused === undefined) throw new Finding('a changed token verifies', bytes)
  return `read, then ${checked(verified.refused.code, bytes)}`
}

function checked(code: string, bytes: Uint8Array): string {
  if (!(code in REFUSALS)) throw new Finding(`unexpected class ${code}`, bytes)
  return code
}
