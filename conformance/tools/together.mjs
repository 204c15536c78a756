// Test files that share a process. To start Node and to load the library takes longer than most files take themselves.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** These look at the whole process: its memory, its workers, what it is given. */
const OF_A_PROCESS = ['wasi-runtime', 'confinement', 'indexeddb', 'level-damage']

/**
 * Files to run in the place of these: neighbours, by `size`, as one file in `folder` that imports them; then those
 * that need a process of their own. `nameOf` a file is what its tests are told under.
 */
export function together(files, folder, size, nameOf = (file) => file) {
  const alone = files.filter((file) => OF_A_PROCESS.includes(basename(file, '.test.js')))
  const rest = files.filter((file) => !alone.includes(file)).toSorted()
  const groups = Array.from({ length: Math.ceil(rest.length / size) }, (_, at) =>
    rest.slice(at * size, (at + 1) * size),
  )
  return [...groups.map((group, at) => importing(group, join(folder, `${at}.mjs`), nameOf)), ...alone]
}

/** Each in a suite of its own, so that the hooks of one are not those of another, and one that cannot be loaded fails alone. */
function importing(group, path, nameOf) {
  const suites = group.map((file) => {
    const [name, url] = [nameOf(file), pathToFileURL(file).href].map((text) => JSON.stringify(text))
    return `describe(${name}, () => import(${url}).then(() => undefined, cannotBeLoaded))\n`
  })
  const first = [...new Set(group.flatMap((file) => [...waiting(file)]))].map(
    (file) => `await import(${JSON.stringify(pathToFileURL(file).href)})\n`,
  )
  const text = `import { describe, test } from 'node:test'

${first.join('')}
function cannotBeLoaded(error) {
  test('can be loaded', () => {
    throw error
  })
}

${suites.join('')}`
  writeFileSync(path, text)
  return path
}

/**
 * What a test file imports from beside tests that itself waits for something. It is loaded before all suites: two of them that
 * wait for it together go on together, and the tests of one are told as those of the other, or of none.
 */
function* waiting(file, seen = new Set()) {
  if (seen.has(file) || !existsSync(file)) return
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, path] of text.matchAll(/ from '(\.[^']+)'/g)) {
    const imported = resolve(dirname(file), path)
    if (basename(dirname(imported)) === 'test') yield* waiting(imported, seen)
  }
  if (!file.endsWith('.test.js') && /^(?:(?:export )?(?:const|let) .* = )?await /m.test(text)) yield file
}
