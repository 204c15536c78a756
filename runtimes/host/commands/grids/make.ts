/** `grid grids found` and `grid grids join`: one more grid for the node and the identities that are here. */
import { GRID_HANDOUT_MAX, readGridHandout } from '../../grids/handout.ts'
import { HostError } from '../../host-error.ts'
import { exitOfRefusal } from '../../terminal/exit-code.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { safeLine, textOf } from '../../terminal/safe-text.ts'
import { cidValue } from '../options.ts'
import { gridFacts, withGrids } from '../with-grids.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Host } from '../../interface.ts'
import type { GridHandout } from '../../grids/handout.ts'
import type { Grids, ServedGrid } from '../../grids/grids.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface JoinFlags {
  readonly name?: string
  readonly expect?: CID
}

export function addGridFound(grids: Command, act: Act): void {
  grids
    .command('found')
    .description('found one more grid, with the node and the root of this folder')
    .argument('<name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .addHelpText('after', '\nExamples:\n  grid grids found lab\n  grid --grid lab handler list')
    .action((name: string) => act((session) => found(session, name)))
}

export function addGridJoin(grids: Command, act: Act): void {
  grids
    .command('join')
    .description(
      'join a grid founded elsewhere, or take in its newer policy: its roots may grant what is here',
    )
    .argument('<file>', 'what `grid grids export` has written, or - for standard input')
    .option('--name <name>', 'what to call it here (default: what it calls itself)')
    .option('--expect <cid>', 'its CID, from somebody you trust: nothing else is joined', cidValue)
    .addHelpText(
      'after',
      '\nExample:\n  grid grids join lab.grid --name lab' +
        '\n\nWhoever hands you the file chooses who may use this node. Compare the CID of the grid by another way.',
    )
    .action((file: string, flags: JoinFlags) => act((session) => join(session, file, flags)))
}

function found(session: Session, name: string): Promise<Report> {
  return withGrids(session, async (grids) => report(grids, await grids.found(name)))
}

async function join(session: Session, file: string, flags: JoinFlags): Promise<Report> {
  const handout = await handoutIn(session, file)
  return withGrids(session, async (grids) => {
    const before = grids.list().length
    const joined = await grids.join(handout, flags)
    if (joined.refused !== undefined) {
      const { code, detail } = joined.refused
      return { data: {}, text: [], failure: { exit: exitOfRefusal(code), code, message: detail } }
    }
    return report(grids, joined.ok, { isNew: grids.list().length > before })
  })
}

async function handoutIn(session: Session, file: string): Promise<GridHandout> {
  const content = await readInput(session.terminal, session.path(file), {
    bytesMax: GRID_HANDOUT_MAX,
    as: 'a grid to join',
  })
  const text = textOf(content)
  if (text === undefined) throw new HostError('FILE', `${file} is no text`)
  return readGridHandout(text)
}

function report(grids: Grids, host: Host, more: object = {}): Report {
  const facts = gridFacts(grids.list().find((each) => each.host === host) as ServedGrid)
  const rows = [
    ['name', safeLine(facts.name)],
    ['grid', facts.grid],
    ['node', facts.node],
    ...facts.roots.map((root, index) => [index === 0 ? 'root' : '', root]),
    ['policy', String(facts.policy)],
  ]
  return { data: { ...facts, ...more }, text: columns(rows) }
}
