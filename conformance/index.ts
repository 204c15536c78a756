export { backendSuite } from './suites/backend.ts'
export { storeSuite } from './suites/store.ts'
export type { BackendSuiteOptions, TestFunction } from './suites/backend.ts'
export type { StoreSuiteOptions } from './suites/store.ts'
