/** `grid handler types`: what a handler takes and gives, as TypeScript for its callers. */
import { existsSync } from 'node:fs'

import { readTypes } from '../../../kernel/index.ts'
import { COMPONENT_BYTES_MAX } from '../../wasi/index.ts'
import { HostError } from '../host-error.ts'
import { readInput } from '../terminal/read-input.ts'
import { loadTypes } from '../types/load-types.ts'
import { componentTypes } from '../types/types-block.ts'
import { typeName, writeTypeScript } from '../types/typescript.ts'
import { protocolNamed } from './named.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { HandlerTypes } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface TypesFlags {
  readonly as?: string
}

export function addHandlerTypes(handler: Command, act: Act): void {
  handler
    .command('types')
    .description('what a handler takes and gives, as TypeScript for those who call it')
    .argument('<handler>', 'its name here, its protocol CID, or the file of a component')
    .option('--as <name>', 'how the interface is called (default: as the handler)')
    .addHelpText('after', '\nExample:\n  grid handler types greet > greet.ts')
    .action((handler: string, flags: TypesFlags) => act((session) => types(session, handler, flags)))
}

async function types(session: Session, named: string, { as }: TypesFlags): Promise<Report> {
  const file = session.path(named)
  const stated = existsSync(file) ? await typesInFile(session, file) : await typesHere(session, named)
  const base = (named.split('/').at(-1) ?? named).replace(/\.wasm$/, '')
  const text = writeTypeScript(stated, typeName(as ?? base), base)
  return { data: { typescript: text }, text: text.trimEnd().split('\n') }
}

async function typesInFile(session: Session, file: string): Promise<HandlerTypes> {
  const bytesMax = COMPONENT_BYTES_MAX
  const block = componentTypes(await readInput(session.terminal, file, { bytesMax, as: 'a component' }))
  if (block === undefined) throw new HostError('MISSING', `no function of ${file} has types of its own`)
  const read = readTypes(block)
  if (read.refused !== undefined) throw new HostError('DATA', read.refused.detail)
  return read.ok
}

function typesHere(session: Session, named: string): Promise<HandlerTypes> {
  return withHost(session, async (host) => loadTypes(host, await protocolNamed(host, named)))
}
