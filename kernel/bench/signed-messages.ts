/** Messages as clients send them, for benches of ours and of the floor alike: the same bytes on both sides. */
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { CODEC, createCid } from '../../promisebase/index.ts'
import { composeMessage, createSigner } from '../index.ts'
import type { Signer } from '../index.ts'

const NOW = 1_800_000_000
const ARGUMENT_BYTES = 128

const PROTOCOL = createCid(CODEC.raw, new Uint8Array(32).fill(1))
const GRID = createCid(CODEC.dagCbor, new Uint8Array(32).fill(2))

/** The same signers in every run. */
export function signers(count: number): readonly Signer[] {
  return Array.from({ length: count }, (_, index) =>
    createSigner(nodeCrypto, 'Ed25519', nodeCrypto.sha256(Uint8Array.of(index >> 8, index & 255))),
  )
}

/** A request of about half a kilobyte with its arguments inside. */
function message(signer: Signer): Uint8Array {
  return composeMessage(nodeCrypto, signer, {
    protocol: PROTOCOL,
    grid: GRID,
    audience: signer.principal,
    expires: NOW + 60,
    issuedAt: NOW,
    method: 'greet',
    arguments: { bytes: nodeCrypto.random(ARGUMENT_BYTES) },
    capabilities: [],
  }).bytes
}

/** So many messages, the signers taking turns. */
export function messages(count: number, by: readonly Signer[]): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => message(by[index % by.length] as Signer))
}
