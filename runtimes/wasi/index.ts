export { createWasiRuntime } from './wasi-runtime.ts'
export { REWRITER_VERSION } from './rewriter/rewrite.ts'
export { FUEL, FUEL_TABLE_VERSION } from './rewriter/fuel.ts'
export type { WasiRuntimeOptions } from './wasi-runtime.ts'
