/**
 * The contracts of the kernel, types only. A message becomes `Message`, `Authorised`, `Invocation` and
 * `Outcome` in that order; each type is made by one stage alone, so a stage cannot be skipped.
 */
export type * from './interface/grants.ts'
export type * from './interface/handlers.ts'
export type * from './interface/messages.ts'
export type * from './interface/powers.ts'
export type * from './interface/principals.ts'
export type * from './interface/promises.ts'
export type * from './interface/revocations.ts'
export type * from './interface/runtimes.ts'
export type * from './interface/stages.ts'
