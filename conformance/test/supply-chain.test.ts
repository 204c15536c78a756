/** What is shipped, and what it drags along: only listed packages, exact versions, permissive licences. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, relative, sep } from 'node:path'
import { test } from 'node:test'

import ts from 'typescript'

import { doors, run } from './package.ts'
import { manifest, read, root } from './repository.ts'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
}
interface Advisory {
  readonly package: string
  readonly bad: string
  readonly ids: readonly string[]
}

/** What the built code of a place may import besides its own files. The first row that fits decides. */
const allowed: readonly {
  readonly place: RegExp
  readonly packages: readonly string[]
  readonly node: boolean
}[] = [
  {
    place: /^promisebase\/level\//,
    packages: ['level', 'classic-level', 'abstract-level', 'multiformats'],
    node: true,
  },
  { place: /^promisebase\/postgres\//, packages: ['pg'], node: true },
  {
    place: /^promisebase\//,
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@noble/post-quantum', 'multiformats'],
    node: false,
  },
  {
    place: /^kernel\//,
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', 'multiformats'],
    node: false,
  },
  {
    place: /^runtimes\/host\//,
    packages: ['commander', 'multiformats', 'qr', '@noble/curves', '@noble/hashes'],
    node: true,
  },
  { place: /^(runtimes|handlers)\//, packages: ['multiformats', '@noble/hashes'], node: true },
  {
    place: /^conformance\/sets\//,
    packages: ['promisegrid', 'multiformats', '@noble/curves', '@noble/hashes'],
    node: true,
  },
  { place: /^conformance\//, packages: ['promisegrid', 'multiformats'], node: true },
]

const permissive = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'Unlicense',
  'CC0-1.0',
])
/** Packages with an install script that nobody needs to run: the compiled addon is in their tarball. */
const prebuilt = new Set(['classic-level'])

const lock = JSON.parse(read('package-lock.json')) as {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, Locked>>
}
const locked = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.replace(/.*node_modules\//, ''), ...entry }))
const shipped = locked.filter((entry) => entry.dev !== true && entry.devOptional !== true)

test('the built code imports only what is listed for its place', () => {
  const built = builtFiles('')
  assert.ok(built.length > 0, 'nothing is built')
  assert.deepEqual(
    built.flatMap((file) => strangers(file, readFileSync(join(root, 'dist', file), 'utf8'))),
    [],
  )
})

test('an import that is not listed for its place is found', () => {
  assert.deepEqual(strangers('kernel/a.js', "import 'node:fs'"), ['kernel/a.js imports node:fs'])
  assert.deepEqual(strangers('kernel/a.js', "export * from 'level'"), ['kernel/a.js imports level'])
  assert.deepEqual(strangers('runtimes/wasi/a.js', "await import('left-pad')"), [
    'runtimes/wasi/a.js imports left-pad',
  ])
  assert.deepEqual(strangers('runtimes/host/a.js', "import 'fs'"), ['runtimes/host/a.js imports fs'])
  assert.deepEqual(strangers('runtimes/host/a.js', "import 'node:fs'\nimport './b.js'"), [])
})

test('every listed package is a dependency of package.json', () => {
  const known = new Set([
    manifest.name,
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  ])
  const engines = new Set(['classic-level'])
  const unknown = allowed
    .flatMap((row) => row.packages)
    .filter((name) => !known.has(name) && !engines.has(name))
  assert.deepEqual(unknown, [])
})

test('every door opens where code cannot be made from strings', async () => {
  const imports = doors().map((door) => `await import('${door.name}')`)
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval']
  const { status, output } = await run(root, process.execPath, [...flags, imports.join('\n')])
  assert.equal(status, 0, output)
})

test('package.json names exact versions', () => {
  const ranges = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/i.test(exactVersion(version)))
  assert.deepEqual(ranges, [])
})

test('the lockfile has a hash of every package and the address of none', () => {
  assert.equal(lock.lockfileVersion, 3)
  assert.deepEqual(
    locked.filter((entry) => entry.link !== true && entry.integrity === undefined).map((entry) => entry.path),
    [],
  )
  assert.deepEqual(
    locked.filter((entry) => entry.resolved !== undefined).map((entry) => entry.path),
    [],
  )
  assert.doesNotMatch(read('package-lock.json'), /https?:\/\/[^"]*\.tgz/)
})

test('the lockfile has the versions of package.json', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.equal(lock.packages[`node_modules/${name}`]?.version, exactVersion(version), name)
  }
})

test('everything shipped has a permissive licence', () => {
  // An optional package for another platform is not here to be read, and not here to be shipped either.
  const installed = shipped.filter((entry) => entry.optional !== true || existsSync(join(root, entry.path)))
  const strict = installed.filter((entry) => !isPermissive(licenceOf(entry.path)))
  assert.deepEqual(
    strict.map((entry) => entry.path),
    [],
  )
})

test('a copyleft licence is seen', () => {
  for (const licence of ['GPL-3.0', 'MIT AND GPL-3.0', '(LGPL-2.1 OR MPL-2.0)', 'SEE LICENSE IN x', '']) {
    assert.equal(isPermissive(licence), false, licence)
  }
  for (const licence of ['MIT', 'Apache-2.0 OR MIT', '(GPL-2.0 OR MIT)'])
    assert.equal(isPermissive(licence), true, licence)
})

test('nothing shipped needs an install script', () => {
  const scripted = shipped.filter((entry) => entry.hasInstallScript === true && !prebuilt.has(entry.name))
  assert.deepEqual(
    scripted.map((entry) => entry.path),
    [],
  )
})

test('no locked version has a known advisory', () => {
  const { advisories } = JSON.parse(read('conformance/advisories.json')) as {
    advisories: readonly Advisory[]
  }
  assert.deepEqual(
    locked.flatMap(({ name, version }) =>
      advisories.filter((row) => matches(row, name, version)).map((row) => [name, version, ...row.ids]),
    ),
    [],
  )
})

test('a version with an advisory is seen, and the corrected one is not', () => {
  const row = { package: 'x', bad: '<5.1.22', ids: ['X-1'] }
  for (const bad of ['5.1.21', '5.0.99', '4.9.30', '5.1.22-rc.1'])
    assert.equal(matches(row, 'x', bad), true, bad)
  for (const good of ['5.1.22', '5.2.0', '10.0.0']) assert.equal(matches(row, 'x', good), false, good)
  assert.equal(matches(row, 'y', '1.0.0'), false)
  assert.equal(matches({ ...row, bad: '<=1.0.4' }, 'x', '1.0.4'), true)
  assert.equal(matches({ ...row, bad: '*' }, 'x', '99.0.0'), true)
  assert.throws(() => matches({ ...row, bad: '^1' }, 'x', '1.0.0'), RangeError)
})

/** Built product files below dist/, without what only this repository runs. */
function builtFiles(folder: string): string[] {
  return readdirSync(join(root, 'dist', folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^(test|bench|examples)$/.test(entry.name) ? [] : builtFiles(path)
    return entry.name.endsWith('.js') ? [relative('.', path).split(sep).join('/')] : []
  })
}

function strangers(file: string, text: string): string[] {
  const row = allowed.find(({ place }) => place.test(file))
  const imported = ts.preProcessFile(text, true, true).importedFiles.map((each) => each.fileName)
  return imported
    .filter((name) => !name.startsWith('.'))
    .filter((name) => {
      if (row === undefined || builtinModules.includes(name)) return true
      return name.startsWith('node:') ? !row.node : !row.packages.includes(packageOf(name))
    })
    .map((name) => `${file} imports ${name}`)
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

/** The licence a package states itself. */
function licenceOf(path: string): string {
  const file = join(root, path, 'package.json')
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown }
  return typeof license === 'string' ? license : ''
}

/** SPDX, as far as packages use it: one of an OR, and all of an AND. */
function isPermissive(licence: string): boolean {
  const plain = licence.replace(/^\(|\)$/g, '')
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isPermissive)
  return plain.split(' AND ').every((name) => permissive.has(name))
}

function matches(row: Advisory, name: string, version = ''): boolean {
  if (row.package !== name) return false
  if (row.bad === '*') return true
  const [, sign, bound] = /^(<=?)(\d+\.\d+\.\d+)$/.exec(row.bad) ?? []
  if (sign === undefined || bound === undefined) throw new RangeError(`bad: ${row.bad} is not understood`)
  const order = compare(version, bound)
  return sign === '<=' ? order <= 0 : order < 0
}

/** Compares by numbers; a pre-release comes before its release. */
function compare(version: string, bound: string): number {
  const [numbers = '', preRelease] = version.split('-', 2)
  const left = numbers.split('.').map(Number)
  const right = bound.split('.').map(Number)
  const at = right.findIndex((value, index) => value !== left[index])
  if (at === -1) return preRelease === undefined ? 0 : -1
  return (left[at] ?? 0) - (right[at] ?? 0)
}

/** The version alone of a package that is installed under another name: `npm:NAME@VERSION`. */
function exactVersion(version: string): string {
  return version.replace(/^npm:[a-z][a-z0-9-]*@/, '')
}
