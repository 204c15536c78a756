/** Which names and links of a stranger's folder may be made on this machine: none that lead out of it. */

/** Devices of Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])([.]|$)/i
const NOT_ON_WINDOWS = /[\\:*?"<>|\u0001-\u001f]|[. ]$/

/**
 * What is wrong with a name on this platform; undefined when nothing is. That it is no path was checked when the
 * folder was read.
 */
export function platformFault(name: string, platform: NodeJS.Platform): string | undefined {
  if (platform !== 'win32') return undefined
  return NOT_ON_WINDOWS.test(name) || DEVICE.test(name) ? 'is no name on this system' : undefined
}

/**
 * Whether a link stays inside the folder that is made, `depth` folders below its top. Going up is allowed only first:
 * behind the name of another link it would begin somewhere else.
 */
export function staysInside(target: string, depth: number, platform: NodeJS.Platform): boolean {
  if (target.startsWith('/') || (platform === 'win32' && /[\\:]/.test(target))) return false
  const steps = target.split('/').filter((step) => step !== '' && step !== '.')
  const first = steps.findIndex((step) => step !== '..')
  const ups = first < 0 ? steps.length : first
  return ups <= depth && !steps.slice(ups).includes('..')
}
