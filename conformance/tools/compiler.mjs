// The compiler of TypeScript: the native one where its package for this platform was installed, else the same language
// in JavaScript, which takes several times as long.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Path of its program for Node, which need not be there. */
export function compiler() {
  const native = join(packages, 'typescript-native', 'bin', 'tsc')
  try {
    createRequire(native).resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)
    return native
  } catch {
    return join(packages, 'typescript', 'bin', 'tsc')
  }
}
