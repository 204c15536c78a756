/** The next policy of a grid: signed by the roots that are here, and signed once more elsewhere where that is not enough. */
import { readPolicyRecord, signPolicy } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import type { PolicyChange, Signer } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'

type Signing = Pick<Host, 'kernel' | 'crypto' | 'keys'>

/** The record that follows the policy in force, once for each root. */
export function signChange(
  { kernel, crypto }: Signing,
  change: PolicyChange,
  by: readonly Signer[],
  now: number,
): readonly Uint8Array[] {
  return by.map((root) => signPolicy(crypto, root, kernel.grid, kernel.policy, change, now))
}

/**
 * A record with the signatures of further roots under the very same claims; who has signed it does not again.
 * @throws {HostError} FILE for a record that does not follow the policy in force
 */
export function signFurther(
  host: Signing,
  signed: readonly Uint8Array[],
  by: readonly Signer[],
): readonly Uint8Array[] {
  const { kernel, crypto } = host
  const [first] = signed
  const record = first && readPolicyRecord(crypto, first)
  if (record?.ok === undefined)
    throw new HostError('FILE', `it is no policy record: ${record?.refused.detail ?? 'it is empty'}`)
  const { body, issuedAt, id } = record.ok
  const change = Object.fromEntries(body) as PolicyChange
  const added = signChange(
    host,
    change,
    by.filter((root) => !hasSigned(host, signed, root)),
    issuedAt,
  )
  for (const bytes of added)
    if (readPolicyRecord(crypto, bytes).ok?.id.equals(id) !== true)
      throw new HostError('FILE', `it does not follow policy ${kernel.policy.seq} of this grid`)
  return [...signed, ...added]
}

function hasSigned({ crypto, keys }: Signing, signed: readonly Uint8Array[], { principal }: Signer): boolean {
  const own = keys.lookUp(principal).ok?.keys ?? []
  return signed.some((bytes) => {
    const parts = readPolicyRecord(crypto, bytes).ok?.signature.parts ?? []
    return (
      parts.length === own.length &&
      own.every(({ kid }, at) => Buffer.compare(kid, parts[at]?.kid ?? new Uint8Array(0)) === 0)
    )
  })
}
