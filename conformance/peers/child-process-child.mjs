// The other side of child-process.mjs.
import { readFileSync, writeSync } from 'node:fs'

const CPU = 3
const [, , work, program] = process.argv

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

if (work === 'echo') {
  process.on('message', (message) => process.send(message === 'cpu' ? cpuMs() : message))
} else {
  const { WASI } = await import('node:wasi')
  const wasi = new WASI({ version: 'preview1', args: ['handler', 'run'], returnOnExit: true })
  const module = new WebAssembly.Module(readFileSync(program))
  wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()))
  writeSync(CPU, String(cpuMs()))
}
