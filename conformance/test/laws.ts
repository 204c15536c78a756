/**
 * Laws that hold for every input, tried with inputs drawn from a seed. `npm test` draws the same ones each time, so that
 * what is red today is not green tomorrow with nothing changed; `npm run test:laws` draws others.
 */
import fc from 'fast-check'

const seed = process.env['PROMISEGRID_SEED'] ?? '20261'
/** What is told of a failure names it. */
export const SEED = Number(seed)
if (!/^\d+$/.test(seed) || SEED >= 2 ** 31)
  throw new RangeError('PROMISEGRID_SEED is a whole number below 2^31')

fc.configureGlobal({ seed: SEED })

export { fc }
