export { createNativeRuntime } from './native-runtime.ts'
