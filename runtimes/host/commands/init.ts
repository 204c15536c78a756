/** `grid init`: founds a grid in the data folder, or tells what is there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { LIMITS, readGenesis } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { columns } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { instant } from '../terminal/units.ts'
import { keysOf, withNewHost } from './session.ts'
import type { Command } from 'commander'
import type { Genesis } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface InitFlags {
  readonly name?: string
  readonly encrypt?: true
}

export function addInit(grid: Command, act: Act): void {
  grid
    .command('init')
    .description('found a grid in the data folder, with a node and a root; or tell what is there')
    .option('--name <name>', 'name of a new grid (default: local)')
    .option('--encrypt', 'keep the keys of a new grid under a passphrase')
    .addHelpText('after', '\nExamples:\n  grid init\n  grid init --name lab --data ~/lab --encrypt')
    .action((flags: InitFlags) => act((session) => init(session, flags)))
}

async function init(session: Session, flags: InitFlags): Promise<Report> {
  const { name, encrypt } = flags
  if (name !== undefined && (name === '' || Buffer.byteLength(name) > LIMITS.nameBytes))
    throw new HostError('USAGE', `the name of a grid has 1 to ${LIMITS.nameBytes} bytes`)
  const isNew = !existsSync(join(session.data, 'store'))
  return withNewHost(session, (host) => describe(session, host, { ...flags, isNew }), {
    gridName: name ?? 'local',
    identities: keysOf(session, encrypt === true),
  })
}

async function describe(
  session: Session,
  host: Host,
  { name, isNew, encrypt }: InitFlags & { readonly isNew: boolean },
): Promise<Report> {
  const genesis = await genesisOf(host)
  const handlers = await host.handlers()
  const data = {
    grid: host.grid.toString(),
    name: genesis.name,
    created: genesis.created,
    isNew,
    node: host.node,
    roots: genesis.roots,
    identities: await host.identities(),
    handlers: Object.fromEntries(Object.entries(handlers).map(([each, cid]) => [each, cid.toString()])),
    folder: session.data,
  }
  const text = columns([
    ['grid', data.grid],
    ['', `${safeLine(JSON.stringify(genesis.name))}, founded ${isNew ? 'now' : instant(genesis.created)}`],
    ['node', data.node],
    ...genesis.roots.map((root, index) => [index === 0 ? 'root' : '', root]),
    ['identities', data.identities.join(', ')],
    ['handlers', Object.keys(data.handlers).join(', ')],
    ['folder', safeLine(session.dataName)],
  ])
  return { data, text: [...already(genesis, name, isNew), ...inTheClear(isNew, encrypt), ...text] }
}

/** Nothing can rename a grid: its name is in the block that its CID is of. */
function already(genesis: Genesis, name: string | undefined, isNew: boolean): string[] {
  if (isNew) return []
  const is = safeLine(JSON.stringify(genesis.name))
  return name === undefined || name === genesis.name
    ? ['there is a grid here already; nothing was founded', '']
    : [
        `there is a grid here already, called ${is}; nothing was founded, and a grid is never renamed`,
        `for one called ${safeLine(JSON.stringify(name))} name another folder with --data`,
        '',
      ]
}

/** Nobody should believe a key encrypted that is not. */
function inTheClear(isNew: boolean, encrypt: true | undefined): string[] {
  return isNew || encrypt === undefined
    ? []
    : ['keys that are here stay as they are; `grid id encrypt NAME` puts one under a passphrase', '']
}

/** The genesis block of the grid a host belongs to. @throws {HostError} DATA */
export async function genesisOf(host: Host): Promise<Genesis> {
  const snapshot = host.store.snapshot()
  try {
    const block = await snapshot.getBlock(host.grid)
    const read = block === undefined ? undefined : readGenesis(host.keys, block)
    if (read?.ok === undefined) throw new HostError('DATA', 'the genesis block of the grid cannot be read')
    return read.ok
  } finally {
    snapshot.close()
  }
}
