/**
 * What a call takes of the stack (spec/handler-abi.md, "Depth"). Engines end deep recursion where their own
 * stack ends, each elsewhere; counting frames in units of some 8 bytes makes that end the same everywhere.
 */
export const STACK = {
  /** Units of one run. Well below the stack of the engines: 984 KiB in V8. */
  units: 65_536,
  /** What a frame takes before anything is put in it. */
  frame: 16,
} as const

/** What a frame tells about the host having no memory left, where the engine could not give a granted page. */
export const STACK_MARK_NO_MEMORY = -(2 ** 31)

export interface Frame {
  readonly parameters: number
  readonly locals: number
  readonly operands: number
  readonly usesVectors: boolean
}

/** Units that a frame holds while it calls another: parameters exist twice, vectors are twice as wide. */
export function frameUnits(frame: Frame): number {
  const slots = 2 * frame.parameters + frame.locals + frame.operands
  return STACK.frame + (frame.usesVectors ? 2 * slots : slots)
}
