/** `grid grids export` and `adoption`: what a node needs to join a grid, and what its roots need of this node. */
import { gridHandoutLines, handoutOfGrid } from '../../grids/handout.ts'
import { genesisName } from '../../grids/grids.ts'
import { HostError } from '../../host-error.ts'
import { adoption } from '../../capability/promise.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { capabilityReport } from '../cap/report.ts'
import { withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface OutFlags {
  readonly out?: string
}
interface AdoptionFlags extends OutFlags {
  readonly root?: string
}

export function addGridExport(grids: Command, act: Act): void {
  grids
    .command('export')
    .description('what another node needs to join the grid; no secret is in it')
    .option('--out <file>', 'write it there')
    .addHelpText('after', '\nExample:\n  grid grids export --out lab.grid')
    .action((flags: OutFlags) => act((session) => handOut(session, flags)))
  grids
    .command('adoption')
    .description('what a root of the grid narrows for others: this node lets it grant what is here')
    .option('--root <principal>', 'which root, where there are several')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      '\nExamples:\n  grid --grid lab grids adoption --out node.cap' +
        '\n  grid cap delegate --cap node.cap --to bob --handler echo     (where the root is)',
    )
    .action((flags: AdoptionFlags) => act((session) => adopted(session, flags)))
}

function handOut(session: Session, { out }: OutFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const handout = await handoutOfGrid(host)
    const name = safeLine(JSON.stringify(await genesisName(host)))
    const grid = host.grid.toString()
    const lines = [`# the grid ${name}, ${grid}`, ...gridHandoutLines(handout)]
    const data = { grid, policies: handout.policies?.length ?? 0, handout: lines.join('\n') }
    return writeHandout(session, { data, rows: [['grid', grid]], lines }, out)
  })
}

function adopted(session: Session, { root, out }: AdoptionFlags): Promise<Report> {
  return withHost(session, async (host) =>
    capabilityReport(session, [await adoption(host, rootNamed(host, root))], out),
  )
}

function rootNamed({ kernel }: Host, named: string | undefined): string {
  const { roots } = kernel.policy
  const [only, another] = roots
  if (named === undefined && only !== undefined && another === undefined) return only
  if (named !== undefined && roots.includes(named)) return named
  throw new HostError(
    'USAGE',
    named === undefined ? 'this grid has several roots' : `${named} is no root of it`,
    {
      fix: `name one with --root: ${roots.join(', ')}`,
    },
  )
}
