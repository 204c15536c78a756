/**
 * Run by level-lock.test.ts: opens a folder when it is told to, says how it went, and keeps it open until its
 * input ends. With `crowded` it first tries while this process can open no further file.
 */
import { closeSync, openSync } from 'node:fs'
import { openLevelBackend } from '../level/index.ts'

const [folder = '', how] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.once('data', () => void answer())
process.stdin.once('end', () => process.exit(0))

async function answer(): Promise<void> {
  if (how === 'crowded') await tryCrowded()
  process.stdout.write(`${await tryToOpen()}\n`)
}

async function tryToOpen(): Promise<string> {
  return openLevelBackend(folder).then(
    () => 'opened',
    (error: { code?: string }) => String(error.code),
  )
}

async function tryCrowded(): Promise<void> {
  const files = openAll()
  const answer = await tryToOpen()
  for (const file of files) closeSync(file)
  process.stdout.write(`crowded ${answer}\n`)
}

function openAll(): number[] {
  const files: number[] = []
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch (error) {
    if ((error as { code?: string }).code !== 'EMFILE') throw error
    return files
  }
}
