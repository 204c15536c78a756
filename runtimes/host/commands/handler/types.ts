/** `grid handler types`: what a handler takes and gives, as TypeScript for its callers. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { readTypes } from '../../../../kernel/index.ts'
import { COMPONENT_BYTES_MAX } from '../../../wasi/index.ts'
import { DESCRIPTION, readProject } from '../../author/project.ts'
import { HostError } from '../../host-error.ts'
import { readInput } from '../../terminal/read-input.ts'
import { loadTypes } from '../../types/load-types.ts'
import { typesInJson } from '../../types/types-file.ts'
import { componentTypes } from '../../types/types-block.ts'
import { typeName, writeTypeScript } from '../../types/typescript.ts'
import { protocolNamed } from '../named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { HandlerTypes } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface TypesFlags {
  readonly as?: string
}

export function addHandlerTypes(handler: Command, act: Act): void {
  handler
    .command('types')
    .description('what a handler takes and gives, as TypeScript for those who call it')
    .argument(
      '<handler>',
      'its name here, its protocol CID, a component, types in JSON, or a folder of `handler init`',
    )
    .option('--as <name>', 'how the interface is called (default: as the handler)')
    .addHelpText('after', '\nExample:\n  grid handler types greet > greet.ts')
    .action((handler: string, flags: TypesFlags) => act((session) => types(session, handler, flags)))
}

async function types(session: Session, named: string, { as }: TypesFlags): Promise<Report> {
  const file = session.path(named)
  const stated = (await typesAt(session, file)) ?? (await typesHere(session, named))
  const base = basename(file).replace(/\.(wasm|json)$/, '')
  const text = writeTypeScript(stated, typeName(as ?? base), base)
  return { data: { typescript: text }, text: text.trimEnd().split('\n') }
}

/** Undefined where there is nothing, or a folder that states no types: it may be called like its handler. */
async function typesAt(session: Session, path: string): Promise<HandlerTypes | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if (!found.isDirectory()) return typesInFile(session, path)
  return existsSync(join(path, DESCRIPTION)) ? (await readProject(path)).options.types : undefined
}

async function typesInFile(session: Session, file: string): Promise<HandlerTypes> {
  const bytesMax = COMPONENT_BYTES_MAX
  const content = await readInput(session.terminal, file, { bytesMax, as: 'a component' })
  if (file.endsWith('.json')) return typesInJson(content, file)
  const block = componentTypes(content)
  if (block === undefined) throw new HostError('MISSING', `no function of ${file} has types of its own`)
  const read = readTypes(block)
  if (read.refused !== undefined) throw new HostError('DATA', read.refused.detail)
  return read.ok
}

function typesHere(session: Session, named: string): Promise<HandlerTypes> {
  return withHost(session, async (host) => loadTypes(host, await protocolNamed(host, named)))
}
