/** Run by level-lock.test.ts: opens a folder, says how it went, and keeps it open until its input ends. */
import { openLevelBackend } from '../level/index.ts'

const [folder = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  try {
    await openLevelBackend(folder)
    process.stdout.write('opened\n')
  } catch (error) {
    process.stdout.write(`${(error as { code?: string }).code}\n`)
  }
})
process.stdin.once('end', () => process.exit(0))
