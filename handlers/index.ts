/** The handlers that come with the package. */
import { echo } from './echo/index.ts'
import { store } from './store/index.ts'
import type { NativeHandler } from '../kernel/index.ts'

export { echo, store }

/** Native handlers every host has unless it says otherwise. */
export const builtinHandlers: readonly NativeHandler[] = [echo, store]
