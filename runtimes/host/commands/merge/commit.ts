/** `grid merge commit`: one state more of a branch. */
import { MERGE_LIMITS } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { branchValue } from '../branch-value.ts'
import { functionsNamed, storeFile } from './content.ts'
import { commitData, commitLines } from './facts.ts'
import { branchRefusal } from './report.ts'
import { principalNamed } from '../named.ts'
import { cidValue } from '../options.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Authorship, Branches } from '../../../../promisebase/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface CommitFlags extends AuthorFlags {
  readonly function?: string
  readonly onto?: readonly CID[]
}

export interface AuthorFlags {
  readonly as?: string
  readonly note?: string
}

/** How a branch is merged unless its first commit says otherwise: as text, like most that people write. */
const FUNCTION_DEFAULT = 'text-lines'

export function addMergeCommit(merge: Command, act: Act): void {
  merge
    .command('commit')
    .description('write a state of a branch; the first one begins it')
    .argument('<branch>', 'its name', branchValue)
    .argument('<file>', 'what it holds from now on; - for standard input')
    .option(
      '--function <names>',
      `how it is merged, by names or CIDs with commas between, tried in order (default: as before; ${FUNCTION_DEFAULT})`,
    )
    .option('--onto <cid>', 'written on this commit, not on the head; several times for several', onto)
    .option('--as <name>', 'who writes it (default: the root of the grid)')
    .option('--note <text>', 'why')
    .action((name: string, file: string, flags: CommitFlags) =>
      act((session) => commit(session, name, file, flags)),
    )
}

/** Who says so, and when. @throws {HostError} MISSING, USAGE */
export async function authorship(host: Host, { as, note }: AuthorFlags): Promise<Authorship> {
  const by = as === undefined ? host.root.principal : await principalNamed(host, as)
  const length = Buffer.byteLength(note ?? 'none')
  if (length === 0 || length > MERGE_LIMITS.noteBytes)
    throw new HostError('USAGE', `a note has 1 to ${MERGE_LIMITS.noteBytes} bytes`)
  return { by, at: Math.floor(Date.now() / 1_000), ...(note === undefined ? {} : { note }) }
}

function onto(text: string, before: readonly CID[] = []): readonly CID[] {
  return [...before, cidValue(text)]
}

function commit(session: Session, name: string, file: string, flags: CommitFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const branches = host.branches()
    const merge = await mergeOf(host, branches, name, flags)
    const content = await storeFile(host, session, file, merge)
    const said = await authorship(host, flags)
    const terms = { ...said, merge, ...(flags.onto === undefined ? {} : { onto: flags.onto }) }
    const written = await branches.commit(name, content, terms)
    if (written.refused !== undefined) return branchRefusal(written.refused)
    return { data: commitData(written.ok), text: commitLines(written.ok) }
  })
}

/** @throws {HostError} USAGE, MISSING */
async function mergeOf(host: Host, branches: Branches, name: string, flags: CommitFlags): Promise<CID[]> {
  const names = (flags.function ?? '').split(',').map((each) => each.trim())
  const [head] = await branches.heads(name)
  if (flags.function === undefined)
    return head === undefined ? functionsNamed(host, [FUNCTION_DEFAULT]) : [...head.commit.merge]
  if (new Set(names).size < names.length || names.length > MERGE_LIMITS.functions)
    throw new HostError('USAGE', `--function names at most ${MERGE_LIMITS.functions} functions, each once`)
  return functionsNamed(host, names)
}
