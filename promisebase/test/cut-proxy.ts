import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Which COMMIT is the last thing that passes: before it, nothing; or the question, and no answer. */
export type Cut = 'before' | 'after'

/** Stands between a client and a server's socket, and cuts the connection at the next COMMIT when it is told to. */
export async function startCutProxy(path: string) {
  let cut: Cut | undefined
  const server = createServer((client) => {
    const upstream = connect(path)
    client.on('error', () => undefined)
    upstream.on('error', () => undefined)
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    client.on('data', (bytes) => {
      // As the end of a question: a turn begins with the words READ COMMITTED.
      if (cut === undefined || !bytes.includes('COMMIT\0')) {
        upstream.write(bytes)
        return
      }
      const now = cut
      cut = undefined
      if (now === 'before') return end()
      upstream.removeAllListeners('data')
      // The answer comes once it is in the database, and goes no further.
      upstream.once('data', end)
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => client.write(bytes))
    client.on('close', end)
    upstream.on('close', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cutNext: (which: Cut) => (cut = which),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
