/** `grid policy sign`: one more signature of a root under a record that needs several. */
import { GRID_HANDOUT_MAX, readPolicyHandout } from '../../grids/handout.ts'
import { HostError } from '../../host-error.ts'
import { signFurther } from '../../grids/policy.ts'
import { readInput } from '../../terminal/read-input.ts'
import { textOf } from '../../terminal/safe-text.ts'
import { several } from '../options.ts'
import { rootsHere, settleRecord } from './named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface SignFlags {
  readonly by?: readonly string[]
  readonly out?: string
}

export function addPolicySign(policy: Command, act: Act): void {
  policy
    .command('sign')
    .description('sign a record that another root has begun; look at it first with `grid message show`')
    .argument('<file>', 'what `grid policy set` has written')
    .option('--by <name>', 'a root that signs (default: all that are identities here)', several)
    .option('--out <file>', 'write the record with all signatures there')
    .action((file: string, flags: SignFlags) => act((session) => sign(session, file, flags)))
}

function sign(session: Session, file: string, { by, out }: SignFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const content = await readInput(session.terminal, session.path(file), {
      bytesMax: GRID_HANDOUT_MAX,
      as: 'a policy record',
    })
    const { keySets, policies } = readPolicyHandout(textOf(content) ?? '\0')
    const [record, another] = policies
    if (record === undefined || another !== undefined)
      throw new HostError('FILE', `${file} holds more than one record`)
    for (const block of keySets) await host.admitKeySet(block)
    return settleRecord(session, host, signFurther(host, record, await rootsHere(host, by)), out)
  })
}
