/** A C program, written for files and folders, runs on a folder by CID and gives another one; the second time for free. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import { findPath, stageContent, stageFolder, walkFolder } from 'promisegrid/promisebase'
import { readProgramResult, writeProgramCall } from 'promisegrid/runtimes/wasi'
import type { CID } from 'multiformats/cid'

const host = await createHost()

// guest/pages.c, compiled with wasi-libc. As a program it is given what its call names, and nothing else.
const code = await readFile(new URL('./pages.wasm', import.meta.url))
const pages = await host.deploy(code, { entry: 'program', name: 'pages' })

const notes = await folderOf({
  'sea.txt': 'The sea\nIt comes & goes.\n\nTwice a day.',
  'moon.txt': 'The moon\nIt pulls <hard>.',
  'picture.png': 'no note',
})

const first = await make(notes, 'Tides')
console.log(`exit ${first.exit}: ${text(first.stdout)}`)
for await (const entry of walkFolder(host.store, first.files)) console.log(entry.path)
console.log(await read(first.files, 'sea.html'))

// The same folder again, under a new message: nothing runs, the kept result and its folder are named.
const second = await make(notes, 'Tides')
console.log('same folder:', second.files.equals(first.files), '- same fuel:', second.fuel === first.fuel)

// The same source as a component of WASI 0.2 is called in the same way, and makes the same folder.
const component = await readFile(new URL('./pages.component.wasm', import.meta.url))
const asComponent = await host.deploy(component, { entry: 'program', name: 'pages' })
const third = await make(notes, 'Tides', asComponent)
console.log(`as a component: exit ${third.exit} - same folder:`, third.files.equals(first.files))

// What a program cannot do is its own affair, and part of the result.
const failed = await call({ args: ['/in', '/elsewhere'], files: { '/in': notes } })
console.log(`exit ${failed.exit}: ${text(failed.stderr)}`)

await host.close()

async function make(
  from: CID,
  title: string,
  program = pages,
): Promise<{ exit: number; stdout: Uint8Array; files: CID; fuel: number }> {
  const made = await call({ args: ['/in', '/out', title], files: { '/in': from }, scratch: '/out' }, program)
  if (made.files === undefined) throw new Error('a program with a scratch folder gives a folder')
  return { ...made, files: made.files }
}

async function call(given: Parameters<typeof writeProgramCall>[0], program = pages) {
  const result = await host.call({ protocol: program, method: 'run', input: writeProgramCall(given) })
  if (result.status !== 'kept') throw new Error(`${result.code}: ${result.detail}`)
  const read = readProgramResult(result.bytes)
  if (read.refused !== undefined) throw new Error(read.refused.detail)
  return { ...read.ok, fuel: result.fuel }
}

/** Stores a small folder of texts in one transaction. */
function folderOf(files: Record<string, string>): Promise<CID> {
  return host.store.transact((transaction) => {
    const put = transaction.putBlock.bind(transaction)
    const entries = Object.entries(files).map(
      ([name, content]) =>
        ({
          name,
          kind: 'file',
          ...stageContent(new TextEncoder().encode(content), put),
          isExecutable: false,
        }) as const,
    )
    return stageFolder(entries, put).cid
  })
}

async function read(folder: CID, path: string): Promise<string> {
  const entry = await findPath(host.store, folder, path)
  if (entry?.kind !== 'file') throw new Error(`${path} is no file`)
  const content = await host.get(entry.cid)
  return text(content ?? new Uint8Array())
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trimEnd()
}
