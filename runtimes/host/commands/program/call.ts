/** A program as one calls it from a shell: its arguments, variables, standard input and folders (spec/preview1.md). */
import { LIMITS } from '../../../../kernel/index.ts'
import { checkFree } from '../../files/export-path.ts'
import { HostError } from '../../host-error.ts'
import { readInput } from '../../terminal/read-input.ts'
import { descriptorOf, protocolNamed } from '../named.ts'
import { several } from '../options.ts'
import { filesOf } from './files.ts'
import type { Command } from 'commander'
import type { ProgramCall } from '../../../wasi/index.ts'
import type { Host } from '../../interface.ts'
import type { InputFlags } from '../input.ts'
import type { Session } from '../session.ts'

export interface ProgramFlags {
  readonly env?: readonly string[]
  readonly stdin?: string
  readonly folder?: readonly string[]
  readonly scratch?: string
}

/** What the other options of a call may say to a program. */
interface SharedFlags extends InputFlags {
  readonly out?: string
  readonly overwrite?: true
  readonly cbor?: true
}

const OPTIONS = ['env', 'stdin', 'folder', 'scratch'] as const
const SCRATCH_DEFAULT = '/out'

export function withProgram(command: Command): Command {
  return command
    .option('--env <name=value>', 'a variable of a program', several)
    .option('--stdin <file>', 'what a program reads from its standard input, or - for that of grid')
    .option(
      '--folder <place=path>',
      'a folder or file a program may read: PATH or CID, at PLACE (default: /in)',
      several,
    )
    .option(
      '--scratch <place>',
      `a folder a program may write (default: ${SCRATCH_DEFAULT} with --out, else none)`,
    )
}

/** The first option that only a program can be called with. */
function programOption(flags: ProgramFlags): string | undefined {
  return OPTIONS.find((option) => flags[option] !== undefined)
}

/**
 * Whether it is called as a program. A descriptor that is not here, or is none, is told by the refusal of the call,
 * but where a program is meant, at once. @throws {HostError} USAGE for options of a program to another handler
 */
export async function isProgram(host: Host, handler: string, flags: ProgramFlags): Promise<boolean> {
  const protocol = await protocolNamed(host, handler)
  const option = programOption(flags)
  try {
    if ((await descriptorOf(host, protocol)).entry === 'program') return true
  } catch (error) {
    if (!(error instanceof HostError) || option !== undefined) throw error
  }
  checkNoProgram(flags)
  return false
}

/** @throws {HostError} USAGE for options of a program to what is none */
export function checkNoProgram(flags: ProgramFlags): void {
  const option = programOption(flags)
  if (option === undefined) return
  throw new HostError('USAGE', `--${option} is for a program, and this handler is none`, {
    fix: 'give its input by --input or --arg; `grid deploy --entry program` makes a program of code',
  })
}

/** Input that is given whole is sent as it is, to a program too. @throws {HostError} USAGE beside options of one */
export function isWhole(flags: ProgramFlags & SharedFlags): boolean {
  const whole = [flags.input, flags.inputCid, flags.inputJson].some((flag) => flag !== undefined)
  const option = programOption(flags)
  if (!whole || option === undefined) return whole
  throw new HostError('USAGE', `--${option} is a part of the input that is given whole`, {
    fix: 'leave out --input, --input-cid and --input-json, or give all by one of them',
  })
}

/** Before the store is open: nobody waits for it while standard input is typed. */
export async function programStdin(
  session: Session,
  { stdin }: ProgramFlags,
): Promise<Uint8Array | undefined> {
  if (stdin === undefined) return undefined
  const rule = { bytesMax: LIMITS.argumentBytes, mayBeEmpty: true, as: 'the input of a program' }
  return readInput(session.terminal, session.path(stdin), rule)
}

/** The arguments of the call; the files of its folders are in the store then. @throws {HostError} */
export async function programInput(
  session: Session,
  host: Host,
  flags: ProgramFlags & SharedFlags,
  stdin: Uint8Array | undefined,
): Promise<Uint8Array> {
  if (flags.cbor === true)
    throw new HostError('USAGE', '--cbor is not for what a program writes', {
      fix: 'use --json, which tells all of its result',
    })
  if (flags.out !== undefined && flags.overwrite !== true) await checkFree(session.path(flags.out))
  const scratch = flags.scratch ?? (flags.out === undefined ? undefined : SCRATCH_DEFAULT)
  return written({
    args: flags.arg ?? [],
    ...(flags.env === undefined ? {} : { env: variablesOf(flags.env) }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(flags.folder === undefined ? {} : { files: await filesOf(session, host, flags.folder) }),
    ...(scratch === undefined ? {} : { scratch }),
  })
}

function variablesOf(written: readonly string[]): Readonly<Record<string, string>> {
  const variables = new Map<string, string>()
  for (const each of written) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(each) ?? []
    if (name === undefined || value === undefined)
      throw new HostError('USAGE', `the variable ${JSON.stringify(each)} is not NAME=VALUE`)
    if (variables.has(name))
      throw new HostError('USAGE', `the variable ${JSON.stringify(name)} is given twice`)
    variables.set(name, value)
  }
  return Object.fromEntries(variables)
}

async function written(call: ProgramCall): Promise<Uint8Array> {
  // Other calls do without the runtime's side of it.
  const { writeProgramCall } = await import('../../../wasi/index.ts')
  try {
    return writeProgramCall(call)
  } catch (error) {
    if (error instanceof RangeError) throw new HostError('USAGE', error.message, { cause: error })
    throw error
  }
}
