/** Run by damage.ts: makes each damage it reads from its input in a copy of a store, reads it, and prints the outcome. */
import { writeSync } from 'node:fs'
import { cp, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Level } from 'level'
import { openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { compare } from './damage.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Damage, Outcome } from './damage.ts'

const [source = '', reader = 'store'] = process.argv.slice(2)
const damages = JSON.parse(await text(process.stdin)) as Damage[]
const truth = reader === 'bare' ? await dump(await copyOf(source)) : undefined
for (const damage of damages) {
  const copy = await copyOf(source)
  await apply(join(copy.folder, 'level'), damage)
  writeSync(1, `outcome ${await (truth ? readBare(copy, truth) : readStore(copy))}\n`)
}

interface Copy {
  readonly folder: string
  readonly remove: () => Promise<void>
}

async function copyOf(folder: string): Promise<Copy> {
  const { path, remove } = await temporaryFolder()
  await cp(folder, join(path, 'store'), { recursive: true })
  return { folder: join(path, 'store'), remove }
}

async function apply(folder: string, damage: Damage): Promise<void> {
  const path = join(folder, damage.file)
  switch (damage.kind) {
    case 'flip': {
      const content = await readFile(path)
      content[damage.offset]! ^= 1 << damage.bit
      return writeFile(path, content)
    }
    case 'truncate':
      return truncate(path, damage.offset)
    case 'delete':
      return rm(path)
    case 'empty':
      return (await open(path, 'w')).close()
    case 'swap':
      await rename(path, `${path}.aside`)
      await rename(join(folder, damage.other), path)
      return rename(`${path}.aside`, join(folder, damage.other))
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
    await copy.remove()
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
    await copy.remove()
  }
}
