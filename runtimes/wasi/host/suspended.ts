/** Ends a run that asked what is not known yet. No guest can catch it; the call goes on with another run. */
export class Suspended extends Error {
  override readonly name = 'Suspended'
  /** Fuel of the run so far. */
  readonly fuel: number

  constructor(fuel: number) {
    super('the answer is not here yet')
    this.fuel = fuel
  }
}
