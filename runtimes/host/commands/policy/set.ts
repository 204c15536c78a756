/** `grid policy set`: the next policy, signed by the roots that are here. */
import { InvalidArgumentError } from 'commander'

import { HostError } from '../../host-error.ts'
import { algorithmNumber } from '../../inspect/algorithm-names.ts'
import { nodePowers } from '../../powers/clock.ts'
import { signChange } from '../../grids/policy.ts'
import { countValue, durationValue, several } from '../options.ts'
import { principalsNamed, rootsHere, settleRecord } from './named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { PolicyChange } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface SetFlags {
  readonly root?: readonly string[]
  readonly threshold?: number
  readonly algorithm?: readonly number[]
  readonly executor?: readonly string[]
  readonly revoker?: readonly string[]
  readonly feedAge?: number
  readonly by?: readonly string[]
  readonly out?: string
}

export function addPolicySet(policy: Command, act: Act): void {
  policy
    .command('set')
    .description('sign the next policy; a list that is given takes the place of the one before')
    .option('--root <who>', 'a root: an identity here, a principal, or here for this node', several)
    .option('--threshold <number>', 'how many roots must sign a policy', countValue)
    .option(
      '--algorithm <name>',
      'one that messages may be signed with: Ed25519, ESP256, ML-DSA-65 …',
      algorithmsValue,
    )
    .option('--executor <node>', 'a node whose receipts are believed; none for nobody', several)
    .option(
      '--revoker <who>',
      'one whose heartbeats tell how old the news of revocations is; or none',
      several,
    )
    .option('--feed-age <time>', 'how old that news may be: 90s, 10m, 2h; 0 for no bound', durationValue)
    .option('--by <name>', 'a root that signs (default: all that are identities here)', several)
    .option('--out <file>', 'write the record there, for other nodes and further roots')
    .addHelpText(
      'after',
      '\nExamples:\n  grid policy set --revoker here --feed-age 10m --out second.policy' +
        '\n  grid policy set --revoker none --feed-age 0' +
        '\n\nNothing of a policy is taken back but by the next one. Whoever is a root may grant all that is here.',
    )
    .action((flags: SetFlags) => act((session) => set(session, flags)))
}

function algorithmsValue(text: string, before: readonly number[] = []): readonly number[] {
  const number = algorithmNumber(text)
  if (number === undefined)
    throw new InvalidArgumentError('it is a name such as Ed25519, ESP256 or ML-DSA-65')
  return [...before, number]
}

function set(session: Session, flags: SetFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const change = await changeOf(host, flags)
    if (Object.keys(change).length === 0)
      throw new HostError('USAGE', 'nothing is to be changed', { fix: 'add --help to see what can be' })
    const now = Math.floor(nodePowers().clock() / 1_000)
    const signed = signChange(host, change, await rootsHere(host, flags.by), now)
    return settleRecord(session, host, signed, flags.out)
  })
}

async function changeOf(host: Host, flags: SetFlags): Promise<PolicyChange> {
  const { root, threshold, algorithm, executor, revoker, feedAge } = flags
  return {
    ...(root === undefined ? {} : { roots: await principalsNamed(host, root) }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(algorithm === undefined ? {} : { algorithms: algorithm }),
    ...(executor === undefined ? {} : { executors: await principalsNamed(host, executor) }),
    ...(revoker === undefined ? {} : { revokers: await principalsNamed(host, revoker) }),
    ...(feedAge === undefined ? {} : { feedSeconds: feedAge }),
  }
}
