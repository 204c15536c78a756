/** A QR code as an SVG: one path over a light ground, each run of dark modules in a row a rectangle of it. */
import type { QrModules } from './modules.ts'

/** Of a module on a page; the picture can be drawn at any size. */
const MODULE_PIXELS = 4

export function qrSvg(modules: QrModules): string {
  const size = modules.length
  const pixels = size * MODULE_PIXELS
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels}" height="${pixels}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<rect width="${size}" height="${size}" fill="#fff"/>`,
    `<path fill="#000" d="${modules.map(pathOf).join('')}"/>`,
    '</svg>\n',
  ].join('\n')
}

function pathOf(row: readonly boolean[], y: number): string {
  let path = ''
  for (let from = row.indexOf(true); from >= 0;) {
    const end = row.indexOf(false, from)
    const to = end < 0 ? row.length : end
    path += `M${from} ${y}h${to - from}v1h-${to - from}z`
    from = row.indexOf(true, to)
  }
  return path
}
