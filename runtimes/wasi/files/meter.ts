/** Takes fuel for work of the host, or ends the run. */
export interface Meter {
  charge(units: number): void
  chargeBytes(bytes: number): void
}
