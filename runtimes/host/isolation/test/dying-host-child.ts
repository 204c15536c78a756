// A host with a guest that does not end, in a process without bubblewrap: killed by the test that starts this.
import { createIsolatedRuntime } from '../isolated-runtime.ts'
import { MODULES, run } from './modules.ts'

process.env['PATH'] = ''
const runtime = createIsolatedRuntime({ tier: 'process', lanes: 1 })
await run(runtime, MODULES.echo)
void run(runtime, MODULES.loops, { budget: { fuel: Number.MAX_SAFE_INTEGER, wallMs: 3_600_000 } })
process.stdout.write('running')
