/** Run by damage.ts: makes each damage it reads from its input in a copy of a store, reads it, and prints the outcome. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Level } from 'level'
import { openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { compare } from './damage.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Damage, Outcome } from './damage.ts'

const [source = '', reader = 'store', copies = ''] = process.argv.slice(2)
const damages = JSON.parse(await text(process.stdin)) as Damage[]
let made = 0
const truth = reader === 'bare' ? await dump(copyOf(source)) : undefined
for (const damage of damages) {
  const copy = copyOf(source)
  apply(join(copy.folder, 'level'), damage)
  writeSync(1, `outcome ${await (truth ? readBare(copy, truth) : readStore(copy))}\n`)
}

interface Copy {
  readonly folder: string
  readonly remove: () => void
}

/** Files are copied and damaged in this thread: there are tens of thousands of copies, and nobody else to serve. */
function copyOf(folder: string): Copy {
  const path = join(copies, String(made++))
  mkdirSync(join(path, 'level'), { recursive: true })
  const mark = join(folder, 'closed')
  if (existsSync(mark)) copyFileSync(mark, join(path, 'closed'))
  for (const name of readdirSync(join(folder, 'level')))
    copyFileSync(join(folder, 'level', name), join(path, 'level', name))
  return { folder: path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function apply(folder: string, damage: Damage): void {
  const path = join(folder, damage.file)
  switch (damage.kind) {
    case 'flip': {
      const content = readFileSync(path)
      content[damage.offset]! ^= 1 << damage.bit
      return writeFileSync(path, content)
    }
    case 'truncate':
      return truncateSync(path, damage.offset)
    case 'delete':
      return rmSync(path)
    case 'empty':
      return truncateSync(path)
    case 'swap':
      renameSync(path, `${path}.aside`)
      renameSync(join(folder, damage.other), path)
      return renameSync(`${path}.aside`, join(folder, damage.other))
  }
}

async function readStore(copy: Copy): Promise<Outcome> {
  try {
    const backend = await openLevelBackend(copy.folder, { ballastBytes: 0 })
    try {
      return await compare(await createStore({ backend, crypto: nodeCrypto }))
    } finally {
      await backend.close()
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return code === 'CORRUPT' ? 'CORRUPT' : `error ${code} ${message}`
  } finally {
    copy.remove()
  }
}

async function readBare(copy: Copy, expected: ReadonlyMap<string, string>): Promise<Outcome> {
  try {
    const found = await dump(copy)
    for (const key of expected.keys()) if (!found.has(key)) return 'missing'
    for (const [key, value] of found) if (expected.get(key) !== value) return 'wrong'
    return 'truth'
  } catch (error) {
    return `error ${(error as Error).message}`
  }
}

/** All the engine shows, as a program that trusts it would see it. */
async function dump(copy: Copy): Promise<Map<string, string>> {
  const db = new Level(join(copy.folder, 'level'), { keyEncoding: 'hex', valueEncoding: 'hex' })
  try {
    await db.open()
    return new Map(await db.iterator().all())
  } finally {
    await db.close()
    copy.remove()
  }
}
