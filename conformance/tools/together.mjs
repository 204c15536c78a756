// Test files that share a process. To start Node and to load the library takes longer than most files take themselves.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A hook outside every `describe` would be a hook of the other files too. */
const HOOK = /^(before|after|beforeEach|afterEach)\(/m
/** These look at the whole process: its memory, its workers, what it is given. */
const OF_A_PROCESS = ['wasi-runtime', 'confinement', 'indexeddb', 'level-damage']

/**
 * Files to run in the place of these: neighbours, by `size`, as one file in `folder` that imports them; then those
 * that need a process of their own.
 */
export function together(files, folder, size) {
  const alone = files.filter(isAlone)
  const rest = files.filter((file) => !alone.includes(file)).toSorted()
  const groups = Array.from({ length: Math.ceil(rest.length / size) }, (_, at) =>
    rest.slice(at * size, (at + 1) * size),
  )
  return [...groups.map((group, at) => importing(group, join(folder, `${at}.mjs`))), ...alone]
}

function isAlone(file) {
  return OF_A_PROCESS.includes(basename(file, '.test.js')) || HOOK.test(readFileSync(file, 'utf8'))
}

function importing(group, path) {
  writeFileSync(path, group.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)}\n`).join(''))
  return path
}
