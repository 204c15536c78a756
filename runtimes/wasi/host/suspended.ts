/**
 * Ends a run that asked what is not known yet. No guest can catch it; the call goes on with another run. One is
 * made for all runs of a call: making it costs as much as a short run.
 */
export class Suspended extends Error {
  override readonly name = 'Suspended'
  /** Fuel of the run so far. */
  fuel = 0
}
