/**
 * Laws that hold for every input, tried with inputs drawn from a seed. `npm test` draws the same ones each time, so that
 * what is red today is not green tomorrow with nothing changed; `npm run test:laws` draws others.
 */
import fc from 'fast-check'

/** A number in 32 bits, or as PROMISEGRID_SEED says. What is told of a failure names it. */
export const SEED = Number(process.env['PROMISEGRID_SEED'] ?? 20_261)
if (!Number.isInteger(SEED) || SEED < 0 || SEED >= 2 ** 31)
  throw new RangeError('PROMISEGRID_SEED is a whole number below 2^31')

fc.configureGlobal({ seed: SEED })

export { fc }
