/** `grid merge`: branches of the store, whose heads are joined by functions or, where none can, by a person. */
import { branchValue } from '../branch-value.ts'
import { addMergeCommit } from './commit.ts'
import { listConflicts, resolveConflict, showConflict } from './conflicts.ts'
import { commitRows, headsReport } from './facts.ts'
import { branchRefusal, mergeReport } from './report.ts'
import { cidValue, countValue } from '../options.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { NamedCommit } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { ResolveFlags } from './conflicts.ts'
import type { Act, Session } from '../session.ts'

const LOG_LIMIT = 20

export function addMerge(grid: Command, act: Act): void {
  const merge = grid
    .command('merge')
    .description('branches: states that several have written, joined by functions or by a person')
  addMergeCommit(merge, act)
  merge
    .command('heads')
    .description('the states of a branch that nobody has joined yet; without a name, of every branch')
    .argument('[branch]', 'its name', branchValue)
    .action((name: string | undefined) => act((session) => heads(session, name)))
  merge
    .command('log')
    .description('the history of a branch, newest first')
    .argument('<branch>', 'its name', branchValue)
    .option('--limit <count>', 'how many commits at most', countValue, LOG_LIMIT)
    .action((name: string, { limit }: { readonly limit: number }) =>
      act((session) => log(session, name, limit)),
    )
  merge
    .command('run')
    .description('join the heads of a branch; ends with 3 when some are in conflict, and loses none')
    .argument('<branch>', 'its name', branchValue)
    .action((name: string) => act((session) => run(session, name)))
  merge
    .command('list')
    .description('conflicts that wait for somebody')
    .argument('[branch]', 'of this branch alone', branchValue)
    .action((name: string | undefined) => act((session) => listConflicts(session, name)))
  merge
    .command('show')
    .description('a conflict: what both sides began with, and what each made of it')
    .argument('<id>', 'what `merge list` names', cidValue)
    .action((id: CID) => act((session) => showConflict(session, id)))
  merge
    .command('resolve')
    .description('end a conflict by content of your own, or by that of one side')
    .argument('<id>', 'what `merge list` names', cidValue)
    .option('--with <file>', 'what the branch is to hold from now on; - for standard input')
    .option('--left', 'what the left side holds')
    .option('--right', 'what the right side holds')
    .option('--as <name>', 'who says so (default: the root of the grid)')
    .option('--note <text>', 'why')
    .action((id: CID, flags: ResolveFlags) => act((session) => resolveConflict(session, id, flags)))
  merge.addHelpText(
    'after',
    '\nExamples:\n  grid merge commit notes notes.txt\n  grid merge run notes\n  grid merge list' +
      '\n  grid merge resolve bafyrei… --with both.txt',
  )
}

function heads(session: Session, name: string | undefined): Promise<Report> {
  return withHost(session, async (host) => {
    const branches = host.branches()
    if (name !== undefined) return headsReport(name, await branches.heads(name))
    const found: { readonly name: string; readonly heads: readonly string[] }[] = []
    for await (const each of branches.names())
      found.push({ name: each, heads: (await branches.heads(each)).map(({ cid }) => cid.toString()) })
    const text = found.flatMap(({ name: each, heads }) => [each, ...heads.map((cid) => `  ${cid}`)])
    return { data: { branches: found }, text: found.length === 0 ? ['there is no branch yet'] : text }
  })
}

function log(session: Session, name: string, limit: number): Promise<Report> {
  return withHost(session, async (host) => {
    const found: NamedCommit[] = []
    for await (const each of host.branches().history(name, { limit })) found.push(each)
    return found.length === 0 ? headsReport(name, found) : commitRows({ name }, found)
  })
}

function run(session: Session, name: string): Promise<Report> {
  return withHost(session, async (host) => {
    const branches = host.branches()
    const before = await branches.heads(name)
    if (before.length === 0) return headsReport(name, before)
    const merged = await branches.merge(name)
    return merged.refused === undefined ? mergeReport(name, merged.ok) : branchRefusal(merged.refused)
  })
}
