/** What the page is given, and what it has to tell. */
export interface WorkerGiven {
  /** Modules in base64. */
  readonly echo: string
  readonly endless: string
  readonly reader: string
}

export interface WorkerAnswer {
  readonly browser: string
  /** How often the page had a turn while a guest ran for half a second. */
  readonly turns: number
  readonly echoes: readonly unknown[]
  readonly endless: unknown
  readonly afterEndless: unknown
  readonly asked: unknown
  readonly stuck: unknown
  /** How many of the workers that hang were terminated: one of the deadline, one of who gave up. */
  readonly endedStuck: number
  readonly afterStuck: unknown
  readonly calledOff: unknown
  readonly crowd: readonly unknown[]
  readonly admitted: readonly unknown[]
  /** By a policy that admits the one and not the other: as admitted, as run. */
  readonly byPolicy: readonly unknown[]
  readonly faulty: string
  readonly unloadable: unknown
  readonly closed: unknown
}
