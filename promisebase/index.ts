export { STORE_ERRORS, StoreError } from './errors.ts'
export type { StoreErrorCode } from './errors.ts'
export type * from './interface.ts'
