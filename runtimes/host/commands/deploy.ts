/** `grid deploy`: puts a WebAssembly module and its descriptor into the store. */
import { Option } from 'commander'

import { LIMITS } from '../../../kernel/index.ts'
import { entryOf } from '../deploy.ts'
import { HostError } from '../host-error.ts'
import { columns } from '../terminal/layout.ts'
import { readInput } from '../terminal/read-input.ts'
import { bytes } from '../terminal/units.ts'
import { checkOffered, TYPES_FILE, typesInJson } from '../types/types-file.ts'
import { descriptorOf } from './named.ts'
import { addBudget, budgetOf, namesValue } from './options.ts'
import { withEntry } from './entry-fix.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { HandlerTypes } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { BudgetFlags } from './options.ts'
import type { Act, Session } from './session.ts'

interface DeployFlags extends BudgetFlags {
  readonly entry?: 'command' | 'reactor' | 'component' | 'program'
  readonly methods?: readonly string[]
  readonly name?: string
  readonly effects?: true
  readonly imports?: readonly string[]
  readonly public?: true
  readonly types?: string
}

export function addDeploy(grid: Command, act: Act): void {
  const command = grid
    .command('deploy')
    .description('admit a WebAssembly module and name it by CID')
    .argument('<file>', 'a core module of WASI preview 1 or none, or a component of WASI 0.2')
    .addOption(
      new Option(
        '--entry <kind>',
        'how it is entered (default: component for a component, else command)',
      ).choices(['command', 'reactor', 'component', 'program']),
    )
    .option(
      '--methods <names>',
      'what it offers, with commas between (default: run for a program)',
      namesValue,
    )
    .option('--name <name>', 'call it by this name too; a name moves to what was deployed last')
    .option('--effects', 'not pure: its results are not remembered')
    .option(
      '--imports <groups>',
      'what it asks of its host, with commas between: block, call, log, promise, state',
      namesValue,
    )
    .option(
      '--types <file>',
      'what its methods take and give, in JSON (spec/types.md); a component has its own',
    )
    .option('--public', 'results may be shown to peers')
  addBudget(command, 'of one call at most')
    .addHelpText(
      'after',
      '\nExamples:\n  grid deploy word-index.wasm --methods run,top --name word-index --memory 16MiB' +
        '\n  grid deploy lz4.wasm --entry reactor --methods compress,decompress --name lz4' +
        '\n  grid deploy tally.wasm --entry reactor --methods vote,votes --effects --imports state' +
        '\n  grid deploy scale.wasm --entry reactor --methods scale --types scale.json' +
        '\n  grid deploy python.wasm --entry program --name python --memory 64MiB',
    )
    .action((file: string, flags: DeployFlags) => act((session) => deployFile(session, file, flags)))
}

async function deployFile(session: Session, file: string, flags: DeployFlags): Promise<Report> {
  if (flags.entry === 'reactor' && flags.methods === undefined)
    throw new HostError('USAGE', 'a reactor has no method of its own accord', {
      fix: 'name the functions it exports with --methods',
    })
  const code = await readInput(session.terminal, session.path(file), {
    bytesMax: LIMITS.codeBytes,
    as: 'a module',
  })
  const methods = flags.methods ?? ['run']
  const types = flags.types === undefined ? undefined : await typesNamed(session, flags.types, methods)
  const options = {
    entry: flags.entry ?? entryOf(code),
    methods,
    pure: flags.effects !== true,
    public: flags.public === true,
    imports: flags.imports ?? [],
    limits: budgetOf(flags),
    ...(flags.name === undefined ? {} : { name: flags.name }),
  }
  return withHost(session, async (host) => {
    const deployed = await session.terminal.progress('admitting the module', () =>
      host
        .deploy(code, { ...options, ...(types && { types }) })
        .catch(async (error: unknown) => Promise.reject(await withEntry(error, code, options))),
    )
    const descriptor = await descriptorOf(host, deployed)
    const stated = descriptor.types?.toString()
    const data = {
      protocol: deployed.toString(),
      code: descriptor.code.toString(),
      bytes: code.length,
      ...options,
      ...(stated !== undefined && { types: stated }),
    }
    const text = columns([
      ['protocol', data.protocol, 'call it by this, or by its name'],
      ['code', data.code, bytes(code.length)],
      ['methods', options.methods.join(', ')],
      ...(options.imports.length === 0 ? [] : [['imports', options.imports.join(', ')]]),
      ...(stated === undefined ? [] : [['types', stated, 'see them with `grid handler types`']]),
      ...(flags.name === undefined ? [] : [['name', flags.name]]),
    ])
    return { data, text }
  })
}

async function typesNamed(session: Session, file: string, methods: readonly string[]): Promise<HandlerTypes> {
  const json = await readInput(session.terminal, session.path(file), TYPES_FILE)
  return checkOffered(typesInJson(json, file), methods, file)
}
