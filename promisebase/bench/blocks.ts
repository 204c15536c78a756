/**
 * Stores of blocks of 1 KiB side by side: ours, a bare LevelDB that hashes what it keeps, the blockstore of IPFS over
 * LevelDB, and SQLite; with a thousand blocks, and with as many as are asked for. Each store is in a process of its
 * own, all of them take turns, and each is charged the processor time of its process.
 *
 *   node dist/promisebase/bench/blocks.js [--size BLOCKS] [--small BLOCKS] [--against NAMES] [--only PHASES]
 *     [--json FILE] [--tiny]
 *
 * NAMES are `level,blockstore-level,sqlite`, or nothing; those that cannot run here are left out. SQLite is that of
 * Node 22.13 or later; `--sqlite-node PATH` names one for it alone. PHASES are some of `commit,get,scan,collect,open`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { scratchFolder } from '../../conformance/bench-kit.ts'
import { OPERATIONS, PHASES, Phases, TINY, WHOLE } from './blocks/phases.ts'
import { Side, SIDE_NAMES } from './blocks/side.ts'
import { linesOf } from './blocks/table.ts'
import type { Figure } from './blocks/phases.ts'
import type { SideName } from './blocks/side.ts'

const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '1000' },
    size: { type: 'string' },
    against: { type: 'string', default: 'level,blockstore-level,sqlite' },
    'sqlite-node': { type: 'string', default: process.execPath },
    only: { type: 'string', default: PHASES.join(',') },
    json: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
})

const sizes = [...new Set([Number(values.small), Number(values.size ?? values.small)])]
if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0))
  throw new RangeError('--size and --small are counts of blocks')

const folder = await scratchFolder()
const sides = sizes.flatMap((size) => namesOf().map((name) => new Side(name, size, placeOf(name))))
try {
  const phases = new Phases(sides, values.tiny ? TINY : WHOLE)
  const figures = await phases.run(values.only.split(','), (phase) => {
    console.error(`bench: ${phase}`)
    write(phases.figures)
  })
  write(figures)
  for (const line of linesOf(figures, sizes)) console.log(line)
} finally {
  await Promise.all(sides.map((side) => side.end()))
  await folder.remove()
}

/** Also what there is so far: a long run may be cut off. */
function write(figures: readonly Figure[]): void {
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(plain(figures), null, 2) + '\n')
}

function plain(figures: readonly Figure[]): object[] {
  return figures.map(({ operation, side: { name, size }, value }) => ({
    operation,
    unit: OPERATIONS[operation],
    side: name,
    size,
    value,
  }))
}

function placeOf(name: SideName): { readonly folder: string; readonly node: string } {
  return { folder: folder.path, node: name === 'sqlite' ? values['sqlite-node'] : process.execPath }
}

function namesOf(): SideName[] {
  const wanted = ['ours', ...values.against.split(',')]
  return SIDE_NAMES.filter((name) => wanted.includes(name) && canRun(name))
}

function canRun(name: SideName): boolean {
  const reason = reasonAgainst(name)
  if (reason !== undefined) console.error(`bench: ${name} is left out: ${reason}`)
  return reason === undefined
}

function reasonAgainst(name: SideName): string | undefined {
  if (name === 'ours') return undefined
  if (name === 'sqlite') {
    const { status } = spawnSync(values['sqlite-node'], ['-e', "require('node:sqlite')"])
    return status === 0 ? undefined : 'this Node has no node:sqlite'
  }
  const installed = name === 'level' ? 'classic-level' : name
  const isThere = existsSync(new URL(`../../../conformance/peers/node_modules/${installed}`, import.meta.url))
  return isThere ? undefined : 'npm ci --ignore-scripts in conformance/peers installs it'
}
