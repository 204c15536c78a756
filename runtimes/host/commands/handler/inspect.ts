/** `grid handler inspect`: what code in WebAssembly is, needs and offers, and whether it would be admitted. */
import { existsSync } from 'node:fs'

import { LIMITS } from '../../../../kernel/index.ts'
import { readContent } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { exitOfRefusal } from '../../terminal/exit-code.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { bytes } from '../../terminal/units.ts'
import { admissionOf } from '../admission-file.ts'
import { cidOfText } from '../cid-text.ts'
import { descriptorOf, protocolNamed } from '../named.ts'
import { refusedReport } from '../refused.ts'
import { namesValue } from '../options.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Result } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { AdmissionPolicy, Feature, Inspection } from '../../../wasi/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface InspectFlags {
  readonly features?: readonly string[]
  readonly imports?: readonly string[]
}

const PAGES = LIMITS.memoryBytes / 65_536

export function addHandlerInspect(handler: Command, act: Act): void {
  handler
    .command('inspect')
    .description(
      'what a WebAssembly module or component imports, exports and needs, and whether it is admitted',
    )
    .argument('<code>', 'a file; the CID of code; or the CID or name of a handler here')
    .option('--features <names>', 'as if only these features were allowed, with commas between', namesValue)
    .option(
      '--imports <names>',
      'as if only these modules, interfaces and functions could be imported',
      namesValue,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  grid handler inspect word-index.wasm' +
        '\n  grid handler inspect lz4 --features bulk-memory,sign-extension',
    )
    .action((code: string, flags: InspectFlags) => act((session) => inspectCode(session, code, flags)))
}

async function inspectCode(session: Session, named: string, flags: InspectFlags): Promise<Report> {
  // Compilers of WebAssembly are loaded here alone.
  const { inspect } = await import('../../../wasi/index.ts')
  const code = await codeNamed(session, named)
  try {
    const told = (policy: AdmissionPolicy): ReturnType<typeof inspect> => inspect(code, policy, PAGES)
    const { ok, refused } = await told({})
    if (ok === undefined) return refusedReport(refused)
    const policy = { ...(await admissionOf(session)), ...policyOf(flags) }
    return reportOf(code, ok, await problemsOf(policy, told))
  } catch (error) {
    if (error instanceof TypeError && flags.features !== undefined)
      throw new HostError('USAGE', error.message, {
        fix: 'use names of this list, with commas between',
      })
    throw error
  }
}

/** All that a policy has against code which the rules admit: each of its bounds is asked by itself. */
async function problemsOf(
  { atMost = {}, ...lists }: AdmissionPolicy,
  told: (policy: AdmissionPolicy) => Promise<Result<Inspection>>,
): Promise<readonly string[]> {
  const bounds = Object.entries(atMost).map(([name, bound]) => ({ atMost: { [name]: bound } }))
  const problems: string[] = []
  for (const each of [...bounds, ...Object.entries(lists).map(([name, list]) => ({ [name]: list }))]) {
    const { refused } = await told(each)
    if (refused !== undefined) problems.push(refused.detail)
  }
  return problems
}

function policyOf({ features, imports }: InspectFlags): AdmissionPolicy {
  return {
    ...(features === undefined ? {} : { features: features as readonly Feature[] }),
    ...(imports === undefined ? {} : { imports }),
  }
}

/** A file comes first: what is at hand is looked at before anything is opened. */
function codeNamed(session: Session, named: string): Promise<Uint8Array> {
  const path = session.path(named)
  if (named === '-' || existsSync(path))
    return readInput(session.terminal, path, { bytesMax: LIMITS.codeBytes, as: 'code' })
  return withHost(session, async (host) => {
    const cid = cidOfText(named)
    const content = cid && (await contentOf(host, cid))
    if (content !== undefined && isWebAssembly(content)) return content
    const { code, runtime } = await descriptorOf(host, await protocolNamed(host, named))
    if (runtime !== 'wasi')
      throw new HostError('USAGE', `what the runtime ${runtime} runs is not WebAssembly`)
    const found = await contentOf(host, code)
    if (found === undefined) throw new HostError('MISSING', `the code ${code.toString()} is not here`)
    return found
  })
}

/** Code of several blocks is content. */
async function contentOf(host: Host, cid: CID): Promise<Uint8Array | undefined> {
  const snapshot = host.store.snapshot()
  try {
    return (await readContent(snapshot, cid, LIMITS.codeBytes)).ok
  } finally {
    snapshot.close()
  }
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d]

function isWebAssembly(code: Uint8Array): boolean {
  return MAGIC.every((byte, at) => code[at] === byte)
}

/** What is refused by this node alone is told as well. */
function reportOf(
  code: Uint8Array,
  { kind, imports, exports, facts }: Inspection,
  problems: readonly string[],
): Report {
  const rows = [
    [kind, bytes(code.length)],
    ...imports.map((name, at) => [at === 0 ? 'imports' : '', name]),
    ...exports.map(([name, signature], at) => [at === 0 ? 'exports' : '', name, signature]),
  ]
  if (facts !== undefined) {
    const { memoryPages, features, functions, tables, globals, locals, instanceFuel } = facts
    rows.push(
      ['memory', `${memoryPages[0]} to ${memoryPages[1]} pages`],
      ['features', features.join(', ') || 'none'],
      ['functions', `${functions}, of at most ${locals} locals`],
      ['tables', `${tables}`],
      ['globals', `${globals}`],
      ['instance', `${instanceFuel} fuel`],
    )
  }
  const isAdmitted = problems.length === 0
  const verdict = isAdmitted
    ? [['admitted', 'yes']]
    : problems.map((problem, at) => [at === 0 ? 'admitted' : '', at === 0 ? `no: ${problem}` : problem])
  return {
    data: {
      ...{ kind, bytes: code.length, imports, exports, ...(facts === undefined ? {} : { facts }) },
      ...(isAdmitted ? {} : { problems }),
    },
    text: columns([...rows, ...verdict]).map(safeLine),
    ...(isAdmitted
      ? {}
      : { failure: { exit: exitOfRefusal('ADMIT'), code: 'ADMIT', message: problems.join('; ') } }),
  }
}
