/** `grid merge list|show|resolve`: what no function could join, and how a person does. */
import { HostError } from '../../host-error.ts'
import { indent } from '../../terminal/layout.ts'
import { safeLine, textOf } from '../../terminal/safe-text.ts'
import { authorship } from './commit.ts'
import { shownContent, storeFile } from './content.ts'
import { commitData, commitLines } from './facts.ts'
import { branchRefusal } from './report.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { NamedCommit, OpenConflict } from '../../../../promisebase/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { AuthorFlags } from './commit.ts'
import type { Session } from '../session.ts'

export interface ResolveFlags extends AuthorFlags {
  readonly with?: string
  readonly left?: true
  readonly right?: true
}

export function listConflicts(session: Session, name: string | undefined): Promise<Report> {
  return withHost(session, async (host) => {
    const found: OpenConflict[] = []
    for await (const conflict of host.branches().conflicts(name)) found.push(conflict)
    const text = found.flatMap((each) => [each.id.toString(), ...indent(reasons(each), 2)])
    return {
      data: { conflicts: found.map(conflictData) },
      text: found.length === 0 ? ['nothing waits'] : text,
    }
  })
}

export function showConflict(session: Session, id: CID): Promise<Report> {
  return withHost(session, async (host) => {
    const conflict = await conflictOf(host, id)
    const parts = [
      ...conflict.bases.map((base) => ['base', base] as const),
      ...[['left', conflict.left] as const, ['right', conflict.right] as const],
    ]
    const shown = await Promise.all(parts.map(([side, commit]) => sideLines(conflict, side, commit)))
    const proposed = await Promise.all(
      conflict.proposals.map(async ({ proposer, content }) => [
        safeLine(`proposed by ${proposer}`),
        ...indent(shownContent(await conflict.read(content), content.code), 4),
      ]),
    )
    const data = { ...conflictData(conflict), contents: await contentsData(conflict, parts) }
    return { data, text: [...reasons(conflict), ...shown.flat(), ...proposed.flat()] }
  })
}

export function resolveConflict(session: Session, id: CID, flags: ResolveFlags): Promise<Report> {
  const given = [flags.with, flags.left, flags.right].filter((flag) => flag !== undefined)
  if (given.length !== 1)
    throw new HostError('USAGE', 'say by one of --with, --left and --right what it is to be')
  return withHost(session, async (host) => {
    const branches = host.branches()
    const conflict = await conflictOf(host, id)
    const content = await contentFor(host, session, conflict, flags)
    const resolved = await branches.resolve(id, content, await authorship(host, flags))
    if (resolved.refused !== undefined) return branchRefusal(resolved.refused)
    // With one conflict less, others may be no conflicts any more.
    const merged = await branches.merge(conflict.name)
    const left = merged.ok?.conflicts.length ?? 0
    return {
      data: { ...commitData(resolved.ok), name: conflict.name, conflicts: left },
      text: [...commitLines(resolved.ok), ...(left === 0 ? [] : [`${left} more to resolve`])],
    }
  })
}

async function contentFor(
  host: Host,
  session: Session,
  { left, right }: OpenConflict,
  flags: ResolveFlags,
): Promise<CID> {
  if (flags.with !== undefined) return storeFile(host, session, flags.with, left.commit.merge)
  return (flags.left === true ? left : right).commit.content
}

/** @throws {HostError} MISSING */
async function conflictOf(host: Host, id: CID): Promise<OpenConflict> {
  for await (const conflict of host.branches().conflicts()) if (conflict.id.equals(id)) return conflict
  throw new HostError('MISSING', `no conflict ${id.toString()} waits here`, {
    fix: 'see `grid merge list`; one that somebody has resolved waits no longer',
  })
}

function reasons({ name, objections }: OpenConflict): string[] {
  const why = objections.map(({ of, code, detail }) => `${code}${of === '' ? '' : ` from ${of}`}: ${detail}`)
  return [`branch ${name}`, ...why].map(safeLine)
}

async function sideLines(conflict: OpenConflict, side: string, named: NamedCommit): Promise<string[]> {
  const { content } = named.commit
  const shown = shownContent(await conflict.read(content), content.code)
  return [side, ...indent(commitLines(named), 2), ...indent(shown, 4)]
}

function conflictData({ id, name, left, right, bases, objections, proposals }: OpenConflict): object {
  return {
    ...{ id: id.toString(), name, left: commitData(left), right: commitData(right) },
    ...{ bases: bases.map(commitData), objections },
    proposals: proposals.map(({ proposer, content }) => ({ proposer, content: content.toString() })),
  }
}

/** As text where it is text, else in base64; by the CID of the content. */
async function contentsData(
  conflict: OpenConflict,
  parts: readonly (readonly [string, NamedCommit])[],
): Promise<object> {
  const contents = await Promise.all(
    parts.map(async ([, { commit }]) => {
      const content = await conflict.read(commit.content)
      const text = content && textOf(content)
      const shown =
        text ?? (content === undefined ? null : { base64: Buffer.from(content).toString('base64') })
      return [commit.content.toString(), shown] as const
    }),
  )
  return Object.fromEntries(contents)
}
