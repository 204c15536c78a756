/** `grid policy export` and `accept`: the policy of the grid from one node to another. */
import {
  acceptGridHandout,
  GRID_HANDOUT_MAX,
  handoutOfGrid,
  policyLines,
  readPolicyHandout,
} from '../../grids/handout.ts'
import { HostError } from '../../host-error.ts'
import { readInput } from '../../terminal/read-input.ts'
import { textOf } from '../../terminal/safe-text.ts'
import { count } from '../../terminal/units.ts'
import { refusedReport } from '../refused.ts'
import { withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addPolicyExport(policy: Command, act: Act): void {
  policy
    .command('export')
    .description('every record of the grid, for nodes that are in it; no secret is in it')
    .option('--out <file>', 'write it there')
    .action((flags: { readonly out?: string }) => act((session) => handOut(session, flags.out)))
}

export function addPolicyAccept(policy: Command, act: Act): void {
  policy
    .command('accept')
    .description('take in records that follow the policy in force here; those before are passed over')
    .argument('<file>', 'what `grid policy export` or `set` has written, or - for standard input')
    .addHelpText('after', '\nExample:\n  grid policy accept second.policy')
    .action((file: string) => act((session) => accept(session, file)))
}

function handOut(session: Session, out: string | undefined): Promise<Report> {
  return withHost(session, async (host) => {
    const { genesis: _genesis, ...handout } = await handoutOfGrid(host)
    const policies = handout.policies?.length ?? 0
    if (policies === 0)
      throw new HostError('MISSING', 'there is no policy record yet', {
        fix: '`grid grids export` writes what a node needs to join',
      })
    const lines = policyLines(handout)
    const data = { grid: host.grid.toString(), policies, handout: lines.join('\n') }
    return writeHandout(session, { data, rows: [['policies', count(policies)]], lines }, out)
  })
}

function accept(session: Session, file: string): Promise<Report> {
  return withHost(session, async (host) => {
    const content = await readInput(session.terminal, session.path(file), {
      bytesMax: GRID_HANDOUT_MAX,
      as: 'policy records',
    })
    const before = host.kernel.policy.seq
    const accepted = await acceptGridHandout(host, readPolicyHandout(textOf(content) ?? '\0'))
    if (accepted.refused !== undefined) return refusedReport(accepted.refused)
    const { seq } = host.kernel.policy
    const text =
      seq === before ? `policy ${seq} is in force already` : `policy ${seq} is in force, after ${before}`
    return { data: { before, policy: seq }, text: [text] }
  })
}
