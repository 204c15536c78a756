/** Tries what a confined process must not be able to do, and says what came of it. Started by confinement.test.ts. */
import { readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { spawnSync } from 'node:child_process'

const [secret = '', port = '', parent = ''] = process.argv.slice(2)

async function tried(what: () => unknown): Promise<string> {
  try {
    await what()
    return 'done'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code ?? message
  }
}

const connected = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })

const found = {
  readsSecret: await tried(() => readFileSync(secret)),
  listsHome: await tried(() => readdirSync('/root')),
  writes: await tried(() => writeFileSync(`${secret}.new`, 'here')),
  starts: await tried(() => {
    const { error } = spawnSync(process.execPath, ['--version'])
    if (error !== undefined) throw error
  }),
  makesThread: await tried(() => new Worker('', { eval: true })),
  connects: await tried(connected),
  signals: await tried(() => process.kill(Number(parent), 0)),
  // Where it stands is in no folder of the host.
  environment: Object.keys(process.env).filter((name) => name !== 'PWD'),
  hasChannel: process.send !== undefined || process.channel !== undefined,
}
// The pipe of a lane.
writeSync(3, JSON.stringify(found))
process.exit()
