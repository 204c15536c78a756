/** `grid clock accept`: the operator's word that the clock is right after a jump forward. */
import { instant } from '../terminal/units.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addClock(grid: Command, act: Act): void {
  const clock = grid.command('clock').description('the time this node goes by')
  clock
    .command('accept')
    .description('accept the clock as it is, after a jump forward of more than a day')
    .addHelpText(
      'after',
      '\nA node never goes back behind the time it has acted at: look at the clock before accepting it.',
    )
    .action(() => act(accept))
}

function accept(session: Session): Promise<Report> {
  return withHost(session, async (host) => {
    const now = await host.kernel.acceptClock()
    return { data: { now }, text: [`accepted: it is ${instant(now)}`] }
  })
}
