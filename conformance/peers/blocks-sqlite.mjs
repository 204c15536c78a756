// SQLite as a table of blocks by digest, as one side of promisebase/bench/blocks.ts. Needs Node 22.13 or later.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { digestOf, serveBlocks } from '../../dist/conformance/bench-blocks.js'

serveBlocks((folder) => {
  mkdirSync(folder, { recursive: true })
  const db = new DatabaseSync(join(folder, 'blocks.sqlite'))
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('CREATE TABLE IF NOT EXISTS blocks (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL)')
  const one = (sql) => db.prepare(sql)
  const insert = one('INSERT OR REPLACE INTO blocks VALUES (?, ?)')
  const select = one('SELECT bytes FROM blocks WHERE digest = ?')
  const range = one('SELECT digest, bytes FROM blocks WHERE digest >= ? ORDER BY digest LIMIT ?')
  const all = one('SELECT digest FROM blocks ORDER BY digest')
  const remove = one('DELETE FROM blocks WHERE digest = ?')
  const within = (work) => {
    db.exec('BEGIN')
    work()
    db.exec('COMMIT')
  }
  let isDurable
  return {
    put: (blocks, durable) => {
      if (durable !== isDurable) db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
      isDurable = durable
      within(() => {
        for (const block of blocks) insert.run(digestOf(block), block)
      })
    },
    get: (digest) => {
      const bytes = select.get(digest)?.bytes
      return bytes !== undefined && digestOf(bytes).equals(digest)
    },
    scan: (from, most) => {
      let seen = 0
      for (const { bytes } of range.iterate(from, most)) if (bytes.length > 0) seen++
      return seen
    },
    collect: (isKept) => {
      const doomed = []
      for (const { digest } of all.iterate()) if (!isKept(digest)) doomed.push(digest)
      within(() => {
        for (const digest of doomed) remove.run(digest)
      })
      return doomed.length
    },
    close: () => db.close(),
  }
})
