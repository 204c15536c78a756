/** `grid policy show`: what is in force in the grid. */
import { algorithmName } from '../../inspect/algorithm-names.ts'
import { columns } from '../../terminal/layout.ts'
import { duration } from '../../terminal/units.ts'
import { nameOf } from '../named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Principal } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addPolicyShow(policy: Command, act: Act): void {
  policy
    .command('show')
    .description('what is in force: roots, algorithms, executors, revokers, and the number of the record')
    .action(() => act(show))
}

function show(session: Session): Promise<Report> {
  return withHost(session, async (host) => {
    const { id, ...policy } = host.kernel.policy
    const { seq, algorithms, roots, threshold, executors, revokers, feedSeconds } = policy
    const data = { grid: host.grid.toString(), ...policy, ...(id === undefined ? {} : { id: id.toString() }) }
    const age = feedSeconds === 0 ? 'not bounded' : `at most ${duration(feedSeconds)}`
    const text = columns([
      ['grid', host.grid.toString()],
      ['policy', seq === 0 ? '0: what follows from the genesis block' : `${seq}, ${id?.toString() ?? ''}`],
      ['algorithms', algorithms.map(algorithmName).join(', ')],
      ...(await listed(host, 'roots', roots)),
      ['to sign', `${threshold} of ${roots.length} roots`],
      ...(await listed(host, 'executors', executors)),
      ...(await listed(host, 'revokers', revokers)),
      ['age of news', age],
    ])
    return { data, text }
  })
}

async function listed(host: Host, title: string, principals: readonly Principal[]): Promise<string[][]> {
  if (principals.length === 0) return [[title, 'none']]
  const rows: string[][] = []
  for (const principal of principals) {
    const name = await nameOf(host, principal)
    rows.push([rows.length === 0 ? title : '', name === undefined ? principal : `${principal}, ${name}`])
  }
  return rows
}
