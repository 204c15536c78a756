// One lane: a copy of dist/ in which one file at a time is changed and its tests run. Nobody else's dist/ is
// touched, so that lanes, and other work, go on beside one another.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What tests read beside dist/. */
const BESIDE = ['node_modules', 'spec', 'conformance']
/** A mutant may go round for ever; one that takes so many times as long as the test did before is killed. */
const PATIENCE = 10
const PATIENCE_LEAST_MS = 20_000
const LOOK_MS = 10 * 60_000

export class Lane {
  #root
  /** What each test did before anything was changed. */
  #before = new Map()

  constructor(root) {
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'mutants-')))
    const isNeeded = (path) => !/[.](map|d[.]ts)$/.test(path)
    cpSync(join(root, 'dist'), join(this.#root, 'dist'), { recursive: true, filter: isNeeded })
    cpSync(join(root, 'package.json'), join(this.#root, 'package.json'))
    for (const name of BESIDE)
      if (existsSync(join(root, name))) symlinkSync(join(root, name), join(this.#root, name))
  }

  /** Whether the tests find the mutant: `killed`, `timed out` (which counts as killed) or `survived`. */
  async judge({ file, start, end, text }, tests) {
    for (const test of tests) await this.#look(test)
    const path = join(this.#root, 'dist', file)
    const source = readFileSync(path, 'utf8')
    writeFileSync(path, source.slice(0, start) + text + source.slice(end))
    try {
      for (const test of tests) {
        const { ms, failed } = this.#before.get(test)
        const found = await this.#run(test, failed, Math.max(PATIENCE_LEAST_MS, PATIENCE * ms))
        if (found !== 'passed') return found
      }
      return 'survived'
    } finally {
      writeFileSync(path, source)
    }
  }

  /** What fails with nothing changed: it says nothing about a mutant. */
  get failing() {
    return [...this.#before].flatMap(([test, { failed }]) => [...failed].map((name) => `${test}: ${name}`))
  }

  close() {
    rmSync(this.#root, { recursive: true, force: true })
  }

  async #look(test) {
    if (this.#before.has(test)) return
    const started = performance.now()
    const failed = new Set()
    const found = await this.#run(test, failed, LOOK_MS, (name) => failed.add(name))
    if (found !== 'passed' && failed.size === 0) throw new Error(`${test} does not run: ${found}`)
    this.#before.set(test, { ms: performance.now() - started, failed })
  }

  /** Ends at the first failure that is not among those expected. */
  #run(test, expected, patienceMs, onFailure) {
    return new Promise((resolve) => {
      const args = ['--test-reporter=tap', join('dist', `${test}.test.js`)]
      const child = spawn(process.execPath, args, { cwd: this.#root, stdio: ['ignore', 'pipe', 'ignore'] })
      let found
      const end = (verdict) => {
        found ??= verdict
        child.kill('SIGKILL')
      }
      const timer = setTimeout(() => end('timed out'), patienceMs)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const name = /^ *not ok \d+ - (.*)$/.exec(line)?.[1]
        if (name === undefined || expected.has(name)) return
        if (onFailure === undefined) end('killed')
        else onFailure(name)
      })
      child.on('close', (status) => {
        clearTimeout(timer)
        const hasFailed = status !== 0 && expected.size === 0
        resolve(found ?? (hasFailed ? 'killed' : 'passed'))
      })
    })
  }
}
