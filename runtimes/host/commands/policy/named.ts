/** What policy commands have in common: principals by name, roots that are here, and a record on its way. */
import { acceptGridHandout, handoutOfPolicies, policyLines } from '../../grids/handout.ts'
import { HostError } from '../../host-error.ts'
import { count } from '../../terminal/units.ts'
import { holderNamed, identityNamed, nameOf } from '../named.ts'
import { refusedReport } from '../refused.ts'
import { writeHandout } from '../write-handout.ts'
import type { Principal, Signer } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Session } from '../session.ts'

/** Identities here, principals, `here` for this node; `none` alone for nobody. */
export async function principalsNamed(host: Host, names: readonly string[]): Promise<readonly Principal[]> {
  if (names.length === 1 && names[0] === 'none') return []
  const found = new Set<Principal>()
  for (const name of names) {
    const principal = name === 'here' ? host.node : await holderNamed(host, name)
    if (principal === 'bearer')
      throw new HostError('USAGE', 'a policy is about principals, not about bearers')
    const keySet = (await host.look(name))?.keySet
    if (keySet !== undefined) await host.admitKeySet(keySet)
    found.add(principal)
  }
  return [...found]
}

/** Those who are to sign: the named ones, else every root that is an identity here. @throws {HostError} MISSING */
export async function rootsHere(
  host: Host,
  named: readonly string[] | undefined,
): Promise<readonly Signer[]> {
  if (named !== undefined) return Promise.all(named.map((name) => identityNamed(host, name)))
  const signers: Signer[] = []
  for (const root of host.kernel.policy.roots) {
    const name = await nameOf(host, root)
    if (name !== undefined) signers.push(await host.identity(name))
  }
  if (signers.length > 0) return signers
  throw new HostError('MISSING', 'no root of this grid is an identity here', {
    fix: 'sign its policy where the key of a root is, and `grid policy accept` the record here',
  })
}

/** Accepts a record that enough roots have signed, and writes it out in any case. */
export async function settleRecord(
  session: Session,
  host: Host,
  signed: readonly Uint8Array[],
  out: string | undefined,
): Promise<Report> {
  const { threshold, seq } = host.kernel.policy
  const handout = await handoutOfPolicies(host, [signed])
  const isEnough = signed.length >= threshold
  if (isEnough) {
    const accepted = await acceptGridHandout(host, handout)
    if (accepted.refused !== undefined) return refusedReport(accepted.refused)
  }
  const lines = policyLines(handout)
  const said = isEnough ? 'in force here' : 'in force nowhere: let another root `grid policy sign` it'
  const rows = [
    ['policy', count(seq + 1)],
    ['signed by', `${signed.length} of ${threshold} roots`],
    ['it is', said],
  ]
  const data = {
    policy: seq + 1,
    signatures: signed.length,
    threshold,
    accepted: isEnough,
    record: lines.join('\n'),
  }
  return writeHandout(session, { data, rows, lines }, out)
}
