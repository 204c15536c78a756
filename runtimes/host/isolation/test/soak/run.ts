/**
 * A million calls of good and hostile guests in every tier, after which no memory may have grown.
 *
 *   npm run test:soak -- [--size N] [--seed N]
 *
 * Ends with 1 when memory grew, when an answer was wrong, or when a soak that leaks on purpose was not found out.
 */
import { parseArgs } from 'node:util'

import { growthOf, grown, mebibytes } from './memory.ts'
import { soak } from './soak.ts'
import type { SoakOptions } from './soak.ts'

/** What the control leaks is found with far fewer calls. */
const CONTROL_SIZE = 2_000

async function report(name: string, options: SoakOptions): Promise<readonly string[]> {
  const begun = process.cpuUsage()
  const { calls, hostile, ended, samples, problems } = await soak(options)
  const { user, system } = process.cpuUsage(begun)
  console.log(
    `${name}: seed ${options.seed}, ${calls} calls, ${hostile} of hostile guests, ${ended} without an end`,
  )
  const growth = Object.entries(growthOf(samples)).map(([kind, bytes]) => `${kind} ${mebibytes(bytes)}`)
  const last = Object.entries(samples.at(-1) ?? {}).map(([kind, bytes]) => `${kind} ${mebibytes(bytes)}`)
  console.log(`  MiB gained in the second half: ${growth.join(', ')}; held at the end: ${last.join(', ')}`)
  console.log(`  ${((user + system) / 1e6).toFixed(0)} s of processor time, without other processes`)
  const found = [...problems.slice(0, 10), ...grown(growthOf(samples))]
  for (const problem of found) console.log(`  ${problem}`)
  return found
}

const { values } = parseArgs({
  options: { size: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const [size, seed] = [Number(values.size), Number(values.seed)]
if (!Number.isSafeInteger(size) || size < 1 || !Number.isSafeInteger(seed) || seed < 0)
  throw new RangeError('--size is a whole number above zero, --seed one from zero')
const control = await report('control, which leaks', {
  size: Math.min(size, CONTROL_SIZE),
  seed,
  leaks: true,
})
const found = await report('soak', { size, seed })
if (control.length === 0) console.log('soak: the control was not found out')
if (control.length === 0 || found.length > 0) process.exitCode = 1
